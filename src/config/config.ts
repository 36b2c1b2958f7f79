import { inspect } from 'node:util';
import { isLoopbackHost } from '../common/address.js';
import { settings, type SettingName, type Settings } from './settings.js';

class Fields {
  constructor(values: Settings) {
    Object.assign(this, values);
  }
}

/** The fields of Config are the settings, so that a setting is written down in one place only. */
const SettingFields = Fields as unknown as new (values: Settings) => Settings;

/**
 * All settings, checked, one readonly field each: `config.publicUrl`, `config.bcryptCost`. docs/configuration.md lists
 * them with their meaning. Injected by its type; made by `loadConfig`.
 */
export class Config extends SettingFields {
  /** True where people other than the developer are served: the public URL is not loopback. */
  readonly production: boolean;

  constructor(values: Settings) {
    super(values);
    this.production = !isLoopbackHost(new URL(this.publicUrl).hostname);
    Object.freeze(this);
  }

  /** The same settings but for some; what is derived is derived again. */
  with(changes: Partial<Settings>): Config {
    return new Config({ ...(this as Settings), ...changes });
  }

  /** What may be logged: without the secrets. */
  toJSON(): Record<string, unknown> {
    return Object.fromEntries(
      Object.entries(this).map(([field, value]) => [
        field,
        isSecret(field) && value !== undefined ? '(secret)' : value,
      ]),
    );
  }

  [inspect.custom](): Record<string, unknown> {
    return this.toJSON();
  }
}

function isSecret(field: string): boolean {
  return field in settings && settings[field as SettingName].type.secret === true;
}
