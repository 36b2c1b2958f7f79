import { Get, Param, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { ObjectId } from 'mongodb';
import { Mail, Mails } from '../../../admin-ui/views/mails.js';
import { App } from '../../apps/app.model.js';
import { OutboxService } from '../../mail/outbox.service.js';
import type { OutgoingMail } from '../../mail/outgoing-mail.model.js';
import { ObjectIdPipe } from '../api/object-id.pipe.js';
import { afterIn, type RawQuery } from '../api/users.query.js';
import { AdminApp, Requires, type AdminRequest } from '../auth/admin.decorators.js';
import { AppPage } from './console-page.js';
import { Pages } from './pages.service.js';

const PAGE = 50;

/** What became of an app's mails, and what they say while none can be sent. */
@AppPage('mails')
export class MailsPage {
  constructor(
    private readonly pages: Pages,
    private readonly outbox: OutboxService,
  ) {}

  @Get()
  async list(
    @AdminApp() app: App,
    @Query() query: RawQuery,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const after = afterIn(query);
    const found = await this.outbox.list(app._id, { after, limit: PAGE + 1 });
    const rows = found.slice(0, PAGE).map(rowOf);
    const nextAfter = found.length > PAGE ? rows.at(-1)!.id : undefined;
    const { delivers } = this.outbox;
    const page = { path: this.#path(app), rows, delivers, paged: after !== undefined, nextAfter };
    await this.pages.show(request, reply, (frame) => Mails({ frame, ...page }));
  }

  @Get(':id')
  @Requires('GROUP_ADMIN')
  async read(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { record, mail } = await this.outbox.getKept(app._id, id);
    const shown = { to: mail.to, subject: mail.subject, text: mail.text, createdAt: record.createdAt };
    const path = this.#path(app);
    await this.pages.show(request, reply, (frame) => Mail({ frame, path, mail: shown }));
  }

  #path(app: App): string {
    return `${this.pages.pathOf(app)}/mails`;
  }
}

function rowOf({ _id, to, subject, state, attempts, problem, createdAt }: OutgoingMail) {
  return { id: _id.toHexString(), to, subject, state, attempts, problem, createdAt };
}
