import { Injectable } from '@nestjs/common';
import type { App } from '../../apps/app.model.js';
import { Config } from '../../config/config.js';
import type { Letter } from '../../mail/mail.js';
import type { Locale } from '../../mail/templates/locale.js';
import { confirmationMail, resetMail } from '../../mail/templates/templates.js';
import { settingsOf, type LocalUserpassSettings } from './local-userpass.settings.js';
import type { ProviderConfig } from '../provider-config.model.js';
import type { TokenPair } from './token-pair.js';

/** What a mail is about, and for whom. */
export interface Occasion {
  /** The spelling that is stored: a mail goes nowhere else. */
  email: string;
  requestedAt: Date;
  locale: Locale;
  device?: string | undefined;
  pair: TokenPair;
  expiresAt: Date;
}

export type Page = 'confirm' | 'reset' | 'invite';

export const confirmationTopic = (registrationId: string): string => `confirm:${registrationId}`;
export const resetTopic = (identityId: string): string => `reset:${identityId}`;

/** The mails of email accounts. Their links lead to the app's own page, or to ours where it has none. */
@Injectable()
export class UserpassMails {
  constructor(private readonly config: Config) {}

  confirmation(app: App, provider: ProviderConfig, registrationId: string, occasion: Occasion): Letter {
    const { config } = settingsOf(provider);
    const url = this.#link(app, 'confirm', config.emailConfirmationUrl, occasion.pair);
    const mail = confirmationMail({ ...linkMailOf(app, occasion), subject: config.confirmEmailSubject ?? '', url });
    return { topic: confirmationTopic(registrationId), expiresAt: occasion.expiresAt, mail };
  }

  reset(app: App, provider: ProviderConfig, identityId: string, occasion: Occasion): Letter {
    const { config } = settingsOf(provider);
    const url = this.#link(app, 'reset', config.resetPasswordUrl, occasion.pair);
    const mail = resetMail({ ...linkMailOf(app, occasion), subject: config.resetPasswordSubject ?? '', url });
    return { topic: resetTopic(identityId), expiresAt: occasion.expiresAt, mail };
  }

  /** @param own the address of the app's page; what is none is as good as absent */
  #link({ clientAppId }: App, page: Page, own: LocalUserpassSettings['config']['resetPasswordUrl'], pair: TokenPair) {
    const hosted = `${this.config.publicUrl}/api/client/v2.0/app/${encodeURIComponent(clientAppId)}/auth/pages/${page}`;
    const url = new URL(own && URL.canParse(own) ? own : hosted);
    url.searchParams.set('token', pair.token);
    url.searchParams.set('tokenId', pair.tokenId);
    return url.href;
  }
}

function linkMailOf({ name }: App, { email, locale, requestedAt, device }: Occasion) {
  return { to: email, locale, appName: name, requestedAt, device };
}
