import { Body, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { ObjectId } from 'mongodb';
import { t } from '../../../admin-ui/strings.js';
import { Keys } from '../../../admin-ui/views/keys.js';
import { ServerKeysService } from '../../accounts/server-keys.service.js';
import { App } from '../../apps/app.model.js';
import { ProviderConfigsService } from '../../providers/provider-configs.service.js';
import { ObjectIdPipe } from '../api/object-id.pipe.js';
import { AdminApp, type AdminRequest } from '../auth/admin.decorators.js';
import { AppPage } from './console-page.js';
import { formIn } from './form.js';
import { problemIn } from './one-time.form.js';
import { Pages } from './pages.service.js';

/** The keys of an app's servers. */
@AppPage('keys')
export class KeysPage {
  constructor(
    private readonly pages: Pages,
    private readonly keys: ServerKeysService,
    private readonly providers: ProviderConfigsService,
  ) {}

  @Get()
  async list(@AdminApp() app: App, @Req() request: AdminRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.#show(app, request, reply);
  }

  /** The page itself is the answer: the key is in it, and in nothing else. */
  @Post()
  async create(
    @AdminApp() app: App,
    @Body() body: unknown,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const name = formIn(body).get('name').trim();
    try {
      const { record, key } = await this.keys.create(app, name);
      this.pages.did(reply, { _id: record._id.toHexString() });
      await this.#show(app, request, reply, { made: { name, key } });
    } catch (error) {
      const { status, text } = problemIn(error);
      await this.#show(app, request, reply, { problem: text, name }, status);
    }
  }

  @Post(':id/enable')
  async enable(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.keys.setDisabled(app, id, false);
    this.pages.done(reply, this.#path(app), t.keys.enabledDone);
  }

  @Post(':id/disable')
  async disable(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { name } = await this.keys.get(app, id);
    const { disableTitle: title, disableText: text, disable: button } = t.keys;
    const asked = { title, text, button, about: [name], section: 'keys', cancel: this.#path(app) } as const;
    if (!(await this.pages.confirmed(request, reply, asked))) return;
    await this.keys.setDisabled(app, id, true);
    this.pages.done(reply, this.#path(app), t.keys.disabledDone);
  }

  @Post(':id/delete')
  async delete(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { name } = await this.keys.get(app, id);
    const { deleteTitle: title, deleteText: text, delete: button } = t.keys;
    const typed = { label: t.keys.deleteTyped(name), accepted: [name] };
    const asked = { title, text, button, typed, section: 'keys', cancel: this.#path(app) } as const;
    if (!(await this.pages.confirmed(request, reply, asked))) return;
    await this.keys.delete(app, id);
    this.pages.done(reply, this.#path(app), t.keys.deleted);
  }

  async #show(
    app: App,
    request: AdminRequest,
    reply: FastifyReply,
    more: { made?: { name: string; key: string }; problem?: string; name?: string } = {},
    status = 200,
  ): Promise<void> {
    const [found, provider] = await Promise.all([this.keys.list(app), this.providers.findByName(app, 'api-key')]);
    const keys = found.map(({ _id, name, disabled, createdAt, user }) => {
      const userPath = this.pages.userPath(app, user);
      return { id: _id.toHexString(), name, disabled, createdAt, userPath };
    });
    const page = { path: this.#path(app), keys, usable: provider?.disabled === false, ...more };
    await this.pages.show(request, reply, (frame) => Keys({ frame, ...page }), status);
  }

  #path(app: App): string {
    return `${this.pages.pathOf(app)}/keys`;
  }
}
