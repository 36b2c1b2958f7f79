import { Body, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { ObjectId } from 'mongodb';
import { t } from '../../../admin-ui/strings.js';
import { Secrets } from '../../../admin-ui/views/secrets.js';
import { App } from '../../apps/app.model.js';
import { SecretsService } from '../../secrets/secrets.service.js';
import { SecretNotFound } from '../../secrets/secrets.errors.js';
import { ObjectIdPipe } from '../api/object-id.pipe.js';
import { AdminApp, type AdminRequest } from '../auth/admin.decorators.js';
import { AppPage } from './console-page.js';
import { formIn } from './form.js';
import { problemIn } from './one-time.form.js';
import { Pages } from './pages.service.js';

/** Values go in; none comes out. */
@AppPage('secrets')
export class SecretsPage {
  constructor(
    private readonly pages: Pages,
    private readonly secrets: SecretsService,
  ) {}

  @Get()
  async list(@AdminApp() app: App, @Req() request: AdminRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.#show(app, request, reply);
  }

  @Post()
  async create(
    @AdminApp() app: App,
    @Body() body: unknown,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const form = formIn(body);
    const name = form.get('name').trim();
    try {
      const id = await this.secrets.create(app, { name, value: form.get('value') });
      this.pages.done(reply, this.#path(app), t.secrets.created(name), { _id: id.toHexString() });
    } catch (error) {
      const { status, text } = problemIn(error);
      await this.#show(app, request, reply, { problem: text, name }, status);
    }
  }

  @Post(':id')
  async replace(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Body() body: unknown,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.secrets.replace(app, id, formIn(body).get('value'));
    this.pages.done(reply, this.#path(app), t.secrets.replaced);
  }

  @Post(':id/delete')
  async delete(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const found = (await this.secrets.list(app)).find(({ _id }) => _id.equals(id));
    if (!found) throw new SecretNotFound();
    const { deleteTitle: title, deleteText: text, delete: button } = t.secrets;
    const asked = { title, text, button, about: [found.name], section: 'secrets', cancel: this.#path(app) } as const;
    if (!(await this.pages.confirmed(request, reply, asked))) return;
    await this.secrets.delete(app, id);
    this.pages.done(reply, this.#path(app), t.secrets.deleted);
  }

  async #show(
    app: App,
    request: AdminRequest,
    reply: FastifyReply,
    more: { problem?: string; name?: string } = {},
    status = 200,
  ): Promise<void> {
    const secrets = (await this.secrets.list(app)).map(({ _id, name }) => ({ id: _id.toHexString(), name }));
    const path = this.#path(app);
    await this.pages.show(request, reply, (frame) => Secrets({ frame, path, secrets, ...more }), status);
  }

  #path(app: App): string {
    return `${this.pages.pathOf(app)}/secrets`;
  }
}
