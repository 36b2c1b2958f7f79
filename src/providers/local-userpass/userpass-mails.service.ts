import { Injectable } from '@nestjs/common';
import type { App } from '../../apps/app.model.js';
import { Config } from '../../config/config.js';
import type { Letter, Mail } from '../../mail/mail.js';
import type { Locale } from '../../mail/templates/locale.js';
import { withoutEmpty } from '../../mail/templates/own-texts.js';
import { linkMail, type AppTemplate } from '../../mail/templates/templates.js';
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

const NO_PAGE = /^\s*(?:javascript|data|vbscript|file|blob):/i;

/** Whether a mail may lead there. */
export function isPage(url: string): boolean {
  return URL.canParse(url) && !NO_PAGE.test(url);
}

/** The mails of email accounts. Their links lead to the app's own page, or to ours where it has none. */
@Injectable()
export class UserpassMails {
  constructor(private readonly config: Config) {}

  confirmation(app: App, provider: ProviderConfig, registrationId: string, occasion: Occasion): Letter {
    const mail = this.write(app, provider, 'confirmation', occasion);
    return { topic: confirmationTopic(registrationId), expiresAt: occasion.expiresAt, mail };
  }

  /** @param taken where it is the answer to a registration */
  reset(app: App, provider: ProviderConfig, identityId: string, occasion: Occasion, taken = false): Letter {
    const mail = this.write(app, provider, taken ? 'taken' : 'reset', occasion);
    return { topic: resetTopic(identityId), expiresAt: occasion.expiresAt, mail };
  }

  invitation(app: App, emailKey: string, occasion: Occasion): Letter {
    const mail = this.write(app, null, 'invitation', occasion);
    return { topic: invitationTopic(emailKey), expiresAt: occasion.expiresAt, mail };
  }

  write(app: App, provider: ProviderConfig | null, template: AppTemplate, occasion: Occasion): Mail {
    const { email, locale, requestedAt, device, pair } = occasion;
    const { page, url, subject } = placeOf(template, provider);
    const texts = withoutEmpty(app.mailTexts?.[template]?.[locale]);
    return linkMail(template, {
      to: email,
      locale,
      appName: app.name,
      requestedAt,
      device,
      url: this.#link(app, page, url, pair),
      from: app.mailSender || undefined,
      subject: texts.subject ?? subject ?? '',
      texts,
    });
  }

  /** @param own the address of the app's page; what is none is as good as absent */
  #link({ clientAppId }: App, page: Page, own: string | null | undefined, pair: TokenPair): string {
    const hosted = `${this.config.publicUrl}/api/client/v2.0/app/${encodeURIComponent(clientAppId)}/auth/pages/${page}`;
    const url = new URL(own && isPage(own) ? own : hosted);
    url.searchParams.set('token', pair.token);
    url.searchParams.set('tokenId', pair.tokenId);
    return url.href;
  }
}

interface Place {
  page: Page;
  /** The app's own. */
  url?: string | null | undefined;
  subject?: string | null | undefined;
}

function placeOf(template: AppTemplate, provider: ProviderConfig | null): Place {
  const config = provider ? settingsOf(provider).config : undefined;
  switch (template) {
    case 'confirmation':
      return { page: 'confirm', url: config?.emailConfirmationUrl, subject: config?.confirmEmailSubject };
    case 'reset':
      return { page: 'reset', url: config?.resetPasswordUrl, subject: config?.resetPasswordSubject };
    case 'taken':
      return { page: 'reset', url: config?.resetPasswordUrl };
    case 'invitation':
      return { page: 'invite' };
  }
}
