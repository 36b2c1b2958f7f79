import { Injectable } from '@nestjs/common';
import type { App } from '../apps/app.model.js';
import { expireAfterDays } from '../providers/anon-user/anon-user.settings.js';
import { settingsOf, type PasswordPolicy } from '../providers/local-userpass/local-userpass.settings.js';
import type { ProviderConfig } from '../providers/provider-config.model.js';
import { ProviderConfigsService } from '../providers/provider-configs.service.js';
import { merged } from '../providers/provider-settings.js';
import { AuthProviderNotFound } from '../providers/providers.errors.js';

/** What an app says of accounts. Kept with the providers that it is about, and shown with the settings of the app. */
export interface AccountSettings {
  passwordMinLength?: number | undefined;
  refuseCommonPasswords?: boolean | undefined;
  refuseBreachedPasswords?: boolean | undefined;
  privacyMode?: boolean | undefined;
  /** 0 for never. */
  anonymousExpiryDays?: number | undefined;
}

interface Change {
  provider: ProviderConfig;
  settings: Record<string, unknown>;
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
      refuseCommonPasswords: passwordPolicy?.refuseCommon ?? false,
      refuseBreachedPasswords: passwordPolicy?.refuseBreached ?? false,
      privacyMode: privacyMode ?? false,
      anonymousExpiryDays: expireAfterDays(await this.configs.findByName(app, ANONYMOUS)),
    };
  }

  /** Whether `change` would take it. @throws AuthProviderNotFound, InvalidParameter */
  async check(app: App, wanted: AccountSettings): Promise<void> {
    for (const { provider, settings } of await this.#changesOf(app, wanted)) {
      this.configs.check(provider.type, merged(provider.settings, settings));
    }
  }

  /** An absent field stays as it is. @throws AuthProviderNotFound, InvalidParameter */
  async change(app: App, wanted: AccountSettings): Promise<void> {
    for (const { provider, settings } of await this.#changesOf(app, wanted)) {
      await this.configs.change(app, provider._id, { settings });
    }
  }

  async #changesOf(app: App, wanted: AccountSettings): Promise<Change[]> {
    const { privacyMode, anonymousExpiryDays, ...asked } = wanted;
    const policy = policyIn(asked);
    const changes: Change[] = [];
    if (Object.keys(policy).length > 0 || privacyMode !== undefined) {
      const { passwordPolicy } = await this.#emailConfigOf(app);
      const config = {
        ...(Object.keys(policy).length > 0 ? { passwordPolicy: { ...passwordPolicy, ...policy } } : {}),
        ...(privacyMode === undefined ? {} : { privacyMode }),
      };
      changes.push({ provider: await this.#get(app, EMAIL), settings: { config } });
    }
    if (anonymousExpiryDays !== undefined) {
      const config = { expireAfterInactiveDays: anonymousExpiryDays };
      changes.push({ provider: await this.#get(app, ANONYMOUS), settings: { config } });
    }
    return changes;
  }

  async #get(app: App, name: string): Promise<ProviderConfig> {
    const provider = await this.configs.findByName(app, name);
    if (!provider) throw new AuthProviderNotFound(name);
    return provider;
  }

  async #emailConfigOf(app: App): Promise<{ passwordPolicy?: PasswordPolicy | null; privacyMode?: boolean | null }> {
    const provider = await this.configs.findByName(app, EMAIL);
    return provider ? settingsOf(provider).config : {};
  }
}

function policyIn(wanted: AccountSettings): PasswordPolicy {
  const { passwordMinLength: minLength, refuseCommonPasswords, refuseBreachedPasswords } = wanted;
  return {
    ...(minLength === undefined ? {} : { minLength }),
    ...(refuseCommonPasswords === undefined ? {} : { refuseCommon: refuseCommonPasswords }),
    ...(refuseBreachedPasswords === undefined ? {} : { refuseBreached: refuseBreachedPasswords }),
  };
}
