import { Body, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { ObjectId } from 'mongodb';
import { t } from '../../../admin-ui/strings.js';
import { FunctionForm, Functions, type FunctionFields } from '../../../admin-ui/views/functions.js';
import { App } from '../../apps/app.model.js';
import { FunctionRegistry } from '../../functions/function.registry.js';
import { FunctionRecordsService } from '../../functions/function-records.service.js';
import type { FunctionRecord } from '../../functions/function.model.js';
import { SecretsService } from '../../secrets/secrets.service.js';
import { ObjectIdPipe } from '../api/object-id.pipe.js';
import { AdminApp, type AdminRequest } from '../auth/admin.decorators.js';
import { AppPage } from './console-page.js';
import { changesIn, formIn, type SentForm } from './form.js';
import { problemIn } from './one-time.form.js';
import { Pages } from './pages.service.js';

interface Refused {
  typed?: FunctionFields;
  problem?: string;
}

const NOTHING: FunctionFields = { name: '', url: '', secret: '' };

/** Names that providers call, and where the calls go. */
@AppPage('functions')
export class FunctionsPage {
  constructor(
    private readonly pages: Pages,
    private readonly functions: FunctionRecordsService,
    private readonly registry: FunctionRegistry,
    private readonly secrets: SecretsService,
  ) {}

  @Get()
  async list(@AdminApp() app: App, @Req() request: AdminRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.#list(app, request, reply);
  }

  @Post()
  async create(
    @AdminApp() app: App,
    @Body() body: unknown,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const typed = typedIn(formIn(body));
    try {
      const { _id, name } = await this.functions.create(app, { ...wantedOf(typed), rest: {} });
      this.pages.done(reply, this.#path(app), t.functions.created(name), { _id: _id.toHexString() });
    } catch (error) {
      const { status, text } = problemIn(error);
      await this.#list(app, request, reply, { typed, problem: text }, status);
    }
  }

  @Get(':id')
  async show(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.#show(app, await this.functions.get(app, id), request, reply);
  }

  @Post(':id')
  async change(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Body() body: unknown,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const form = formIn(body);
    const record = await this.functions.get(app, id);
    const stored = fieldsOf(record);
    const typed = typedIn(form);
    const { changed, conflicts, wanted } = changesIn(form, typed, stored);
    if (conflicts.length > 0) {
      const text = t.settings.changed(conflicts.map((name) => t.functions.labels[name]).join(', '));
      return this.#show(app, record, request, reply, { typed, problem: text }, 409);
    }
    if (changed.length === 0) return this.pages.unchanged(reply, this.#path(app));
    try {
      await this.functions.replace(app, id, { ...wantedOf(wanted), rest: record.rest });
      this.pages.done(reply, this.#path(app), t.functions.saved(wanted.name));
    } catch (error) {
      const { status, text } = problemIn(error);
      await this.#show(app, record, request, reply, { typed, problem: text }, status);
    }
  }

  @Post(':id/delete')
  async delete(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { name } = await this.functions.get(app, id);
    const { deleteTitle: title, deleteText: text, delete: button } = t.functions;
    const asked = { title, text, button, about: [name], section: 'functions', cancel: this.#path(app) } as const;
    if (!(await this.pages.confirmed(request, reply, asked))) return;
    await this.functions.delete(app, id);
    this.pages.done(reply, this.#path(app), t.functions.deleted(name));
  }

  async #list(app: App, request: AdminRequest, reply: FastifyReply, refused: Refused = {}, status = 200) {
    const functions = (await this.functions.list(app)).map(({ _id, name, webhookUrl }) => ({
      id: _id.toHexString(),
      name,
      host: webhookUrl === undefined ? undefined : new URL(webhookUrl).host,
      inModule: this.registry.find(name) !== undefined,
    }));
    const page = { path: this.#path(app), functions, typed: NOTHING, secrets: await this.#secretsOf(app), ...refused };
    await this.pages.show(request, reply, (frame) => Functions({ frame, ...page }), status);
  }

  async #show(
    app: App,
    record: FunctionRecord,
    request: AdminRequest,
    reply: FastifyReply,
    refused: Refused = {},
    status = 200,
  ): Promise<void> {
    const was = fieldsOf(record);
    const page = {
      path: this.#path(app),
      id: record._id.toHexString(),
      was,
      typed: was,
      secrets: await this.#secretsOf(app),
      ...refused,
    };
    await this.pages.show(request, reply, (frame) => FunctionForm({ frame, ...page }), status);
  }

  async #secretsOf(app: App): Promise<string[]> {
    return (await this.secrets.list(app)).map(({ name }) => name);
  }

  #path(app: App): string {
    return `${this.pages.pathOf(app)}/functions`;
  }
}

function fieldsOf({ name, webhookUrl = '', secret = '' }: FunctionRecord): FunctionFields {
  return { name, url: webhookUrl, secret };
}

function typedIn(form: SentForm): FunctionFields {
  return { name: form.get('name').trim(), url: form.get('url').trim(), secret: form.get('secret').trim() };
}

function wantedOf({ name, url, secret }: FunctionFields) {
  return {
    name,
    ...(url === '' ? {} : { webhookUrl: url }),
    ...(secret === '' ? {} : { secret }),
  };
}
