import { Body, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { ObjectId } from 'mongodb';
import { t } from '../../../../admin-ui/strings.js';
import { Network } from '../../../../admin-ui/views/settings/network.js';
import { App } from '../../../apps/app.model.js';
import { AccessEntryNotFound } from '../../../apps/apps.errors.js';
import { AppSettingsService } from '../../../apps/app-settings.service.js';
import { ObjectIdPipe } from '../../api/object-id.pipe.js';
import { AdminApp, type AdminRequest } from '../../auth/admin.decorators.js';
import { AppPage } from '../console-page.js';
import { changesIn, formIn } from '../form.js';
import { problemIn } from '../one-time.form.js';
import { Pages } from '../pages.service.js';

interface Fields {
  address: string;
  comment: string;
}

/** One entry of the list of networks whose clients are taken. */
@AppPage('settings/addresses/:id')
export class NetworkPage {
  constructor(
    private readonly pages: Pages,
    private readonly settings: AppSettingsService,
  ) {}

  @Get()
  async show(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.#show(app, id, request, reply, fieldsOf(app, id));
  }

  @Post()
  async change(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Body() body: unknown,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const form = formIn(body);
    const stored = fieldsOf(app, id);
    const typed = { address: form.get('address').trim(), comment: form.get('comment').trim() };
    const { conflicts, wanted } = changesIn(form, typed, stored);
    if (conflicts.length > 0) return this.#show(app, id, request, reply, typed, t.settings.editedMeanwhile, 409);
    try {
      await this.settings.changeAccess(app, id, wanted);
      this.pages.done(reply, this.#back(app), t.settings.edited);
    } catch (error) {
      const { status, text } = problemIn(error);
      await this.#show(app, id, request, reply, typed, text, status);
    }
  }

  @Post('remove')
  async remove(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { removeTitle: title, removeText: text, remove: button } = t.settings;
    const about = [fieldsOf(app, id).address];
    const asked = { title, text, button, about, section: 'settings', cancel: this.#back(app) } as const;
    if (!(await this.pages.confirmed(request, reply, asked))) return;
    await this.settings.removeAccess(app, id);
    this.pages.done(reply, this.#back(app), t.settings.removed);
  }

  async #show(
    app: App,
    id: ObjectId,
    request: AdminRequest,
    reply: FastifyReply,
    fields: Fields,
    problem?: string,
    status = 200,
  ): Promise<void> {
    const page = { back: this.#back(app), id: id.toHexString(), ...fields, was: fieldsOf(app, id), problem };
    await this.pages.show(request, reply, (frame) => Network({ frame, ...page }), status);
  }

  #back(app: App): string {
    return `${this.pages.pathOf(app)}/settings`;
  }
}

/** @throws AccessEntryNotFound */
function fieldsOf(app: App, id: ObjectId): Fields {
  const entry = app.accessList.find(({ _id }) => _id.equals(id));
  if (!entry) throw new AccessEntryNotFound(id.toHexString());
  return { address: entry.address, comment: entry.comment ?? '' };
}
