import { Injectable } from '@nestjs/common';
import type { App } from '../apps/app.model.js';
import { expireAfterDays } from '../providers/anon-user/anon-user.settings.js';
import { settingsOf, type PasswordPolicy } from '../providers/local-userpass/local-userpass.settings.js';
import { ProviderConfigsService } from '../providers/provider-configs.service.js';
import { AuthProviderNotFound } from '../providers/providers.errors.js';

/** What an app says of accounts. Kept with the providers that it is about, and shown with the settings of the app. */
export interface AccountSettings {
  passwordMinLength?: number | undefined;
  refuseBreachedPasswords?: boolean | undefined;
  privacyMode?: boolean | undefined;
  /** 0 for never. */
  anonymousExpiryDays?: number | undefined;
}

const EMAIL = 'local-userpass';
const ANONYMOUS = 'anon-user';

@Injectable()
export class AccountSettingsService {
  constructor(private readonly configs: ProviderConfigsService) {}

  async get(app: App): Promise<Required<AccountSettings>> {
    const { passwordPolicy, privacyMode } = await this.#emailConfigOf(app);
    return {
      passwordMinLength: passwordPolicy?.minLength ?? 6,
      refuseBreachedPasswords: passwordPolicy?.refuseBreached ?? false,
      privacyMode: privacyMode ?? false,
      anonymousExpiryDays: expireAfterDays(await this.configs.findByName(app, ANONYMOUS)),
    };
  }

  /** An absent field stays as it is. @throws AuthProviderNotFound, InvalidParameter */
  async change(app: App, wanted: AccountSettings): Promise<void> {
    const { passwordMinLength, refuseBreachedPasswords, privacyMode, anonymousExpiryDays } = wanted;
    const policy: PasswordPolicy = {
      ...(passwordMinLength === undefined ? {} : { minLength: passwordMinLength }),
      ...(refuseBreachedPasswords === undefined ? {} : { refuseBreached: refuseBreachedPasswords }),
    };
    const changesPolicy = Object.keys(policy).length > 0;
    if (changesPolicy || privacyMode !== undefined) {
      const { passwordPolicy } = await this.#emailConfigOf(app);
      await this.#change(app, EMAIL, {
        ...(changesPolicy ? { passwordPolicy: { ...passwordPolicy, ...policy } } : {}),
        ...(privacyMode === undefined ? {} : { privacyMode }),
      });
    }
    if (anonymousExpiryDays !== undefined) {
      await this.#change(app, ANONYMOUS, { expireAfterInactiveDays: anonymousExpiryDays });
    }
  }

  async #change(app: App, name: string, config: Record<string, unknown>): Promise<void> {
    const provider = await this.configs.findByName(app, name);
    if (!provider) throw new AuthProviderNotFound(name);
    await this.configs.change(app, provider._id, { settings: { config } });
  }

  async #emailConfigOf(app: App): Promise<{ passwordPolicy?: PasswordPolicy | null; privacyMode?: boolean | null }> {
    const provider = await this.configs.findByName(app, EMAIL);
    return provider ? settingsOf(provider).config : {};
  }
}
