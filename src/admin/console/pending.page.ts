import { Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { ObjectId } from 'mongodb';
import { t } from '../../../admin-ui/strings.js';
import { PendingUsers } from '../../../admin-ui/views/pending.js';
import { App } from '../../apps/app.model.js';
import { ConfirmationFunctionsService } from '../../providers/local-userpass/confirmation-functions.service.js';
import { ConfirmationsService } from '../../providers/local-userpass/confirmations.service.js';
import type { Registration } from '../../providers/local-userpass/registration.model.js';
import { UserNotFound } from '../../users/users.errors.js';
import { ObjectIdPipe } from '../api/object-id.pipe.js';
import { afterIn, type RawQuery } from '../api/users.query.js';
import { AdminApp, RequiresToWrite, type AdminRequest } from '../auth/admin.decorators.js';
import { AppPage } from './console-page.js';
import { Pages } from './pages.service.js';

const PAGE = 50;

/** Registrations that are no users yet. */
@AppPage('pending')
@RequiresToWrite('GROUP_SUPPORT')
export class PendingPage {
  constructor(
    private readonly pages: Pages,
    private readonly confirmations: ConfirmationsService,
    private readonly byFunction: ConfirmationFunctionsService,
  ) {}

  @Get()
  async list(
    @AdminApp() app: App,
    @Query() query: RawQuery,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const after = afterIn(query);
    const found = await this.confirmations.listPending(app, { after, limit: PAGE + 1 });
    const rows = found.slice(0, PAGE).map(({ _id, email, confirmedAt, createdAt, removeAt }) => {
      return { id: _id.toHexString(), email, confirmed: confirmedAt !== undefined, createdAt, endsAt: removeAt };
    });
    const nextAfter = found.length > PAGE ? rows.at(-1)!.id : undefined;
    const page = { path: this.#path(app), rows, paged: after !== undefined, nextAfter };
    await this.pages.show(request, reply, (frame) => PendingUsers({ frame, ...page }));
  }

  @Post(':id/confirm')
  async confirm(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { email } = await this.#get(app, id);
    await this.confirmations.confirmByEmail(app, email);
    this.pages.done(reply, this.#path(app), t.pending.confirmedDone(email));
  }

  @Post(':id/resend')
  async resend(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { email } = await this.#get(app, id);
    await this.byFunction.runAgain(app, email);
    this.pages.done(reply, this.#path(app), t.pending.resent(email));
  }

  @Post(':id/delete')
  async delete(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { email } = await this.#get(app, id);
    const { deleteTitle: title, deleteText: text, delete: button } = t.pending;
    const asked = { title, text, button, about: [email], section: 'pending', cancel: this.#path(app) } as const;
    if (!(await this.pages.confirmed(request, reply, asked))) return;
    await this.confirmations.deleteById(app, id);
    this.pages.done(reply, this.#path(app), t.pending.deleted);
  }

  /** @throws UserNotFound */
  async #get(app: App, id: ObjectId): Promise<Registration> {
    const found = await this.confirmations.findPending(app, id);
    if (!found) throw new UserNotFound();
    return found;
  }

  #path(app: App): string {
    return `${this.pages.pathOf(app)}/pending`;
  }
}
