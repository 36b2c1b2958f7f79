import { Body, Delete, Get, HttpCode, Param, Post, Put } from '@nestjs/common';
import type { ObjectId } from 'mongodb';
import { App } from '../../apps/app.model.js';
import { InvalidParameter, MissingParameter } from '../../errors/errors.js';
import type { FunctionRecord } from '../../functions/function.model.js';
import { FunctionRecordsService, type WantedFunction } from '../../functions/function-records.service.js';
import { isPlainObject } from '../../providers/provider-settings.js';
import { AdminApp, AdminController, APP_PATH } from '../auth/admin.decorators.js';
import { ObjectIdPipe } from './object-id.pipe.js';

/** Fields of the original that are kept and given back. `source` is never run. */
const KEPT = [
  'source',
  'private',
  'can_evaluate',
  'run_as_system',
  'run_as_user_id',
  'run_as_user_id_script_source',
  'disable_arg_logs',
];

/** Names that providers call (own-routes.md). */
@AdminController(`${APP_PATH}/functions`)
export class FunctionsController {
  constructor(private readonly functions: FunctionRecordsService) {}

  @Get()
  async list(@AdminApp() app: App): Promise<Record<string, unknown>[]> {
    return (await this.functions.list(app)).map(summaryView);
  }

  @Post()
  async create(@AdminApp() app: App, @Body() body: unknown): Promise<Record<string, unknown>> {
    const { _id, name } = await this.functions.create(app, wantedIn(body));
    return { _id: _id.toHexString(), name };
  }

  @Get(':id')
  async get(@AdminApp() app: App, @Param('id', ObjectIdPipe) id: ObjectId): Promise<Record<string, unknown>> {
    const record = await this.functions.get(app, id);
    return { ...summaryView(record), ...record.rest };
  }

  @Put(':id')
  @HttpCode(204)
  async replace(@AdminApp() app: App, @Param('id', ObjectIdPipe) id: ObjectId, @Body() body: unknown): Promise<void> {
    await this.functions.replace(app, id, wantedIn(body));
  }

  @Delete(':id')
  @HttpCode(204)
  async delete(@AdminApp() app: App, @Param('id', ObjectIdPipe) id: ObjectId): Promise<void> {
    await this.functions.delete(app, id);
  }
}

function summaryView({ _id, name, webhookUrl, secret, modifiedAt }: FunctionRecord): Record<string, unknown> {
  return {
    _id: _id.toHexString(),
    name,
    last_modified: Math.floor(modifiedAt.getTime() / 1_000),
    ...(webhookUrl === undefined ? {} : { webhook_url: webhookUrl }),
    ...(secret === undefined ? {} : { secret }),
  };
}

function wantedIn(body: unknown): WantedFunction {
  if (!isPlainObject(body)) throw new InvalidParameter('expected a function');
  const { name } = body;
  if (name === undefined) throw new MissingParameter("'name' is a required string");
  if (typeof name !== 'string') throw new InvalidParameter("'name' must be a string");
  const kept = KEPT.filter((field) => body[field] !== undefined && body[field] !== null);
  return {
    name,
    webhookUrl: textIn(body, 'webhook_url'),
    secret: textIn(body, 'secret'),
    rest: Object.fromEntries(kept.map((field) => [field, body[field]])),
  };
}

function textIn(body: Record<string, unknown>, field: string): string | undefined {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw new InvalidParameter(`'${field}' must be a string`);
  return value;
}
