import { Body, Delete, Get, HttpCode, Param, Patch, Post, Put } from '@nestjs/common';
import { ObjectId } from 'mongodb';
import { App } from '../../../apps/app.model.js';
import { AdminApp, AdminController, APP_PATH } from '../../auth/admin.decorators.js';
import { ObjectIdPipe } from '../object-id.pipe.js';
import type { KeptRecord } from './kept-record.model.js';
import { KeptRecordsService } from './kept-records.service.js';

/**
 * Data sources, which Latchkey has none of: set-up scripts make them first and will not go on without an id
 * (admin-api.md section 12).
 */
@AdminController(`${APP_PATH}/services`)
export class ServicesController {
  constructor(private readonly kept: KeptRecordsService) {}

  @Get()
  async list(@AdminApp() app: App): Promise<Record<string, unknown>[]> {
    return (await this.kept.list(app, 'service')).map(serviceView);
  }

  @Post()
  async create(
    @AdminApp() app: App,
    @Body() body: { name?: unknown; type?: unknown } | undefined,
  ): Promise<Record<string, unknown>> {
    return serviceView(await this.kept.create(app, 'service', { name: body?.name, type: body?.type }));
  }

  @Get(':id')
  async get(@AdminApp() app: App, @Param('id', ObjectIdPipe) id: ObjectId): Promise<Record<string, unknown>> {
    return serviceView(await this.kept.get(app, 'service', id));
  }

  @Delete(':id')
  @HttpCode(204)
  async delete(@AdminApp() app: App, @Param('id', ObjectIdPipe) id: ObjectId): Promise<void> {
    await this.kept.delete(app, 'service', id);
  }

  @Patch(':id/config')
  @HttpCode(204)
  async configure(@AdminApp() app: App, @Param('id', ObjectIdPipe) id: ObjectId): Promise<void> {
    await this.kept.get(app, 'service', id);
  }

  /** There is no data that a rule could be about. */
  @Get(':id/rules')
  async rules(@AdminApp() app: App, @Param('id', ObjectIdPipe) id: ObjectId): Promise<never[]> {
    await this.kept.get(app, 'service', id);
    return [];
  }

  @Post([':id/rules', ':id/default_rule'])
  async addRule(@AdminApp() app: App, @Param('id', ObjectIdPipe) id: ObjectId): Promise<Record<string, string>> {
    await this.kept.get(app, 'service', id);
    return { _id: new ObjectId().toHexString() };
  }

  @Put([':id/rules/:ruleId', ':id/default_rule/:ruleId'])
  @HttpCode(204)
  async changeRule(@AdminApp() app: App, @Param('id', ObjectIdPipe) id: ObjectId): Promise<void> {
    await this.kept.get(app, 'service', id);
  }
}

function serviceView({ _id, name, type }: KeptRecord): Record<string, unknown> {
  return { _id: _id.toHexString(), name, type: type ?? '' };
}
