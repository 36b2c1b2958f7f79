import { Injectable } from '@nestjs/common';
import type { App } from '../apps/app.model.js';
import { SecretsService } from '../secrets/secrets.service.js';
import { INLINE_SECRETS, isPlainObject } from './provider-settings.js';

/** Moves secrets that old tools wrote into `config` to records that never give them back. */
@Injectable()
export class InlineSecretsService {
  constructor(private readonly secrets: SecretsService) {}

  /**
   * @param provider its name: of one type there may be several, each with a secret of its own
   * @returns the settings without them, naming the records in `secret_config`
   */
  async takeOut(app: App, provider: string, settings: Record<string, unknown>): Promise<Record<string, unknown>> {
    if (!isPlainObject(settings['config'])) return settings;
    const config = { ...settings['config'] };
    const named: Record<string, unknown> = {};
    for (const [field, { key, list }] of Object.entries(INLINE_SECRETS)) {
      const value = config[field];
      if (typeof value !== 'string' || value === '') continue;
      const name = `${provider}-${field}`;
      await this.secrets.put(app, { name, value });
      delete config[field];
      named[key] = list ? [name] : name;
    }
    if (Object.keys(named).length === 0) return settings;
    const before = isPlainObject(settings['secret_config']) ? settings['secret_config'] : {};
    return { ...settings, config, secret_config: { ...named, ...before } };
  }
}
