import { Get, Param, Query } from '@nestjs/common';
import type { ObjectId } from 'mongodb';
import { App } from '../../apps/app.model.js';
import { OutboxService } from '../../mail/outbox.service.js';
import { AdminApp, AdminController, APP_PATH, Requires } from '../auth/admin.decorators.js';
import { mailView } from './mails.view.js';
import { ObjectIdPipe } from './object-id.pipe.js';
import { afterIn, limitIn, type RawQuery } from './users.query.js';

/** The mails of an app: what became of them, and, while no SMTP server is set, what they say. */
@AdminController(APP_PATH)
export class MailsController {
  constructor(private readonly outbox: OutboxService) {}

  @Get('outbox')
  async list(@AdminApp() app: App, @Query() query: RawQuery): Promise<Record<string, unknown>[]> {
    return (await this.outbox.list(app._id, pageIn(query))).map(mailView);
  }

  @Get('inbox')
  @Requires('GROUP_ADMIN')
  async listKept(@AdminApp() app: App, @Query() query: RawQuery): Promise<Record<string, unknown>[]> {
    return (await this.outbox.listKept(app._id, pageIn(query))).map(mailView);
  }

  @Get('inbox/:id')
  @Requires('GROUP_ADMIN')
  async getKept(@AdminApp() app: App, @Param('id', ObjectIdPipe) id: ObjectId): Promise<Record<string, unknown>> {
    const { record, mail } = await this.outbox.getKept(app._id, id);
    return { ...mailView(record), text: mail.text, html: mail.html };
  }
}

function pageIn(query: RawQuery): { after: ObjectId | undefined; limit: number } {
  return { after: afterIn(query), limit: limitIn(query['limit']) };
}
