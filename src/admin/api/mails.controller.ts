import { Body, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { IsIn, IsOptional } from 'class-validator';
import type { ObjectId } from 'mongodb';
import { App } from '../../apps/app.model.js';
import { parsed } from '../../apps/mail-settings.js';
import { BadRequest, InvalidParameter } from '../../errors/errors.js';
import { LOCALES, type Locale } from '../../mail/templates/locale.js';
import { mailTexts } from '../../mail/templates/own-texts.js';
import { APP_TEMPLATES, type AppTemplate } from '../../mail/templates/templates.js';
import { MailPreviewsService, type Preview } from '../../providers/local-userpass/mail-previews.service.js';
import type { AdminCaller } from '../auth/admin-caller.js';
import { OutboxService } from '../../mail/outbox.service.js';
import { AdminApp, AdminController, APP_PATH, CurrentAdmin, Requires } from '../auth/admin.decorators.js';
import { mailView } from './mails.view.js';
import { ObjectIdPipe } from './object-id.pipe.js';
import { afterIn, limitIn, type RawQuery } from './users.query.js';

class PreviewDto {
  @IsOptional()
  @IsIn([...LOCALES], { message: `'locale' must be one of: ${LOCALES.join(', ')}` })
  locale?: Locale;

  @IsOptional()
  texts?: unknown;
}

/** The mails of an app: what became of them, and, while no SMTP server is set, what they say. */
@AdminController(APP_PATH)
export class MailsController {
  constructor(
    private readonly outbox: OutboxService,
    private readonly previews: MailPreviewsService,
  ) {}

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

  /** As it is saved, or with `texts` to be tried. */
  @Post('mails/:template/preview')
  @HttpCode(200)
  async preview(
    @AdminApp() app: App,
    @Param('template') template: string,
    @Body() body: PreviewDto,
  ): Promise<Record<string, unknown>> {
    const { subject, text, html, from } = await this.previews.show(app, previewIn(template, body));
    return { subject, text, html, ...(from === undefined ? {} : { from }) };
  }

  /** To whoever asks. */
  @Post('mails/:template/test')
  @HttpCode(202)
  async test(
    @AdminApp() app: App,
    @CurrentAdmin() caller: AdminCaller,
    @Param('template') template: string,
    @Body() body: PreviewDto,
  ): Promise<Record<string, unknown>> {
    if (caller.kind !== 'administrator') throw new BadRequest('a key has no mailbox, log in with an email address');
    await this.previews.test(app, previewIn(template, body), caller.name);
    return { to: caller.name };
  }
}

function previewIn(template: string, { locale, texts }: PreviewDto): Preview {
  if (!(APP_TEMPLATES as readonly string[]).includes(template)) {
    throw new InvalidParameter(`a mail is one of: ${APP_TEMPLATES.join(', ')}`);
  }
  const tried = texts === undefined ? {} : { texts: parsed(mailTexts, texts, 'texts') };
  return { template: template as AppTemplate, locale, ...tried };
}

function pageIn(query: RawQuery): { after: ObjectId | undefined; limit: number } {
  return { after: afterIn(query), limit: limitIn(query['limit']) };
}
