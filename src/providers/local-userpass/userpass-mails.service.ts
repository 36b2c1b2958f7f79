import { Injectable } from '@nestjs/common';
import type { App } from '../../apps/app.model.js';
import { Config } from '../../config/config.js';
import type { Letter } from '../../mail/mail.js';
import type { Locale } from '../../mail/templates/locale.js';
import { linkMail, type LinkMail } from '../../mail/templates/templates.js';
import type { ProviderConfig } from '../provider-config.model.js';
import { settingsOf } from './local-userpass.settings.js';
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
export const invitationTopic = (emailKey: string): string => `invite:${emailKey}`;

/** The mails of email accounts. Their links lead to the app's own page, or to ours where it has none. */
@Injectable()
export class UserpassMails {
  constructor(private readonly config: Config) {}

  confirmation(app: App, provider: ProviderConfig, registrationId: string, occasion: Occasion): Letter {
    const { emailConfirmationUrl, confirmEmailSubject } = settingsOf(provider).config;
    const url = this.#link(app, 'confirm', emailConfirmationUrl, occasion.pair);
    const mail = linkMail('confirmation', { ...mailOf(app, occasion), subject: confirmEmailSubject ?? '', url });
    return { topic: confirmationTopic(registrationId), expiresAt: occasion.expiresAt, mail };
  }

  /** @param taken where it is the answer to a registration */
  reset(app: App, provider: ProviderConfig, identityId: string, occasion: Occasion, taken = false): Letter {
    const { resetPasswordUrl, resetPasswordSubject } = settingsOf(provider).config;
    const url = this.#link(app, 'reset', resetPasswordUrl, occasion.pair);
    const wanted = { ...mailOf(app, occasion), url };
    const mail = taken
      ? linkMail('taken', wanted)
      : linkMail('reset', { ...wanted, subject: resetPasswordSubject ?? '' });
    return { topic: resetTopic(identityId), expiresAt: occasion.expiresAt, mail };
  }

  invitation(app: App, emailKey: string, occasion: Occasion): Letter {
    const mail = linkMail('invitation', {
      ...mailOf(app, occasion),
      url: this.#link(app, 'invite', undefined, occasion.pair),
    });
    return { topic: invitationTopic(emailKey), expiresAt: occasion.expiresAt, mail };
  }

  /** @param own the address of the app's page; what is none is as good as absent */
  #link({ clientAppId }: App, page: Page, own: string | null | undefined, pair: TokenPair): string {
    const hosted = `${this.config.publicUrl}/api/client/v2.0/app/${encodeURIComponent(clientAppId)}/auth/pages/${page}`;
    const url = new URL(own && URL.canParse(own) ? own : hosted);
    url.searchParams.set('token', pair.token);
    url.searchParams.set('tokenId', pair.tokenId);
    return url.href;
  }
}

function mailOf({ name }: App, { email, locale, requestedAt, device }: Occasion): Omit<LinkMail, 'url'> {
  return { to: email, locale, appName: name, requestedAt, device };
}
