import { Injectable } from '@nestjs/common';
import { ObjectId } from 'mongodb';
import type { App } from '../../apps/app.model.js';
import { Clock } from '../../common/clock.js';
import type { Mail } from '../../mail/mail.js';
import { MailService } from '../../mail/mail.service.js';
import type { Locale } from '../../mail/templates/locale.js';
import type { MailTexts } from '../../mail/templates/own-texts.js';
import type { AppTemplate } from '../../mail/templates/templates.js';
import { ProviderConfigsService } from '../provider-configs.service.js';
import { UserpassMails } from './userpass-mails.service.js';

export interface Preview {
  template: AppTemplate;
  locale?: Locale | undefined;
  /** In place of what is saved, to be tried. */
  texts?: MailTexts | undefined;
}

const LIVES_MS = 30 * 60_000;
const SOMEBODY = 'somebody@example.com';
/** Opens nothing. */
const NO_PAIR = { token: '0'.repeat(128), tokenId: '0'.repeat(24) };

/** Mails as people will get them, but for their link, which opens nothing. */
@Injectable()
export class MailPreviewsService {
  constructor(
    private readonly configs: ProviderConfigsService,
    private readonly mails: UserpassMails,
    private readonly mail: MailService,
    private readonly clock: Clock,
  ) {}

  async show(app: App, preview: Preview, to = SOMEBODY): Promise<Mail> {
    const provider = await this.configs.findByName(app, 'local-userpass');
    const now = this.clock.now();
    const tried = preview.texts
      ? { ...app, mailTexts: { [preview.template]: { [preview.locale ?? app.mailLocale ?? 'en']: preview.texts } } }
      : app;
    return this.mails.write(tried, provider, preview.template, {
      email: to,
      requestedAt: now,
      locale: preview.locale ?? app.mailLocale ?? 'en',
      device: 'Mac',
      pair: NO_PAIR,
      expiresAt: new Date(now.getTime() + LIVES_MS),
    });
  }

  /** Sent as any other mail is, through the outbox. */
  async test(app: App, preview: Preview, to: string): Promise<void> {
    const mail = await this.show(app, preview, to);
    const expiresAt = new Date(this.clock.now().getTime() + LIVES_MS);
    const topic = `test:${new ObjectId().toHexString()}`;
    await this.mail.post(app._id, async () => ({ letters: [{ topic, expiresAt, mail }], result: undefined }));
  }
}
