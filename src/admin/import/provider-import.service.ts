import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import type { App } from '../../apps/app.model.js';
import { Config } from '../../config/config.js';
import { InvalidParameter } from '../../errors/errors.js';
import { LatchkeyError } from '../../errors/latchkey-error.js';
import { FunctionRecordsService } from '../../functions/function-records.service.js';
import { ProviderConfigsService } from '../../providers/provider-configs.service.js';
import type { ProviderConfig } from '../../providers/provider-config.model.js';
import { INLINE_SECRETS, isPlainObject, merged, settingsIn } from '../../providers/provider-settings.js';
import { ProviderSetupService } from '../../providers/provider-setup.service.js';
import { ProviderRegistry } from '../../providers/provider.registry.js';
import { AuthProviderAlreadyExists } from '../../providers/providers.errors.js';
import { SecretsService } from '../../secrets/secrets.service.js';
import type { ExportedProvider } from './exported-app.js';
import { step, type ImportStep } from './import-step.js';

type Fields = Record<string, unknown>;

/** In files functions are named; the ids beside them are those of another server. */
const FUNCTIONS = ['authFunction', 'confirmationFunction', 'resetFunction'];
const CALLBACK = '/api/client/v2.0/auth/callback';

/** The part of an import that is about ways to log in. */
@Injectable()
export class ProviderImportService {
  constructor(
    private readonly configs: ProviderConfigsService,
    private readonly setup: ProviderSetupService,
    private readonly registry: ProviderRegistry,
    private readonly secrets: SecretsService,
    private readonly functions: FunctionRecordsService,
    private readonly config: Config,
  ) {}

  /** @param app undefined where it is still to be made @param problems gets what is refused */
  async steps(app: App | undefined, providers: readonly ExportedProvider[], problems: string[]): Promise<ImportStep[]> {
    const stored = app ? await this.configs.list(app) : [];
    const steps: ImportStep[] = [];
    for (const provider of providers) {
      const { type } = provider;
      if (!this.registry.find(type)) {
        steps.push(step('left out', `provider ${type.slice(0, 64)}`, { detail: 'this server has no such provider' }));
        continue;
      }
      try {
        const before = stored.find(({ name }) => name === type);
        steps.push(await this.#step(app, provider, before), ...(await this.#notes(app, provider)));
      } catch (error) {
        if (!(error instanceof LatchkeyError)) throw error;
        problems.push(`provider ${type}: ${error.message}`);
      }
    }
    return steps;
  }

  async #step(app: App | undefined, provider: ExportedProvider, before?: ProviderConfig): Promise<ImportStep> {
    const { type } = provider;
    const settings = withNamedSecrets(type, await this.#resolved(app, provider.body));
    const after = before ? merged(before.settings, settings) : settings;
    this.configs.check(type, after);
    const disabled = disabledIn(provider.body);
    const what = `provider ${type}${(disabled ?? before?.disabled) ? ', disabled' : ''}`;
    const apply = () => this.#write(app!, provider);
    if (!before) return step('new', what, { apply });
    const changed = [
      ...changedKeys(before.settings, after),
      ...(disabled === undefined || disabled === before.disabled ? [] : ['disabled']),
      ...(await this.#changedSecrets(app!, provider)),
    ];
    return changed.length === 0 ? step('same', what) : step('changed', what, { detail: changed.join(', '), apply });
  }

  async #write(app: App, { type, body }: ExportedProvider): Promise<void> {
    const settings = await this.#resolved(app, body);
    const disabled = disabledIn(body);
    const wanted = { type, ...settings, ...(disabled === undefined ? {} : { disabled }) };
    const before = await this.configs.findByName(app, type);
    if (before) return this.setup.change(app, before._id, wanted);
    try {
      await this.setup.create(app, wanted);
    } catch (error) {
      const other = error instanceof AuthProviderAlreadyExists && (await this.configs.findByName(app, type));
      if (!other) throw error;
      await this.setup.change(app, other._id, wanted);
    }
  }

  /** The settings in a file, with the ids that its functions have here. */
  async #resolved(app: App | undefined, body: Fields): Promise<Fields> {
    const settings = settingsIn(body);
    if (!isPlainObject(settings['config'])) return settings;
    const config = { ...settings['config'] };
    const known = app ? await this.functions.list(app) : [];
    for (const field of FUNCTIONS) {
      const name = config[`${field}Name`];
      if (typeof name !== 'string' || name === '') continue;
      delete config[`${field}Id`];
      const found = known.find((record) => record.name === name);
      if (found) config[`${field}Id`] = found._id.toHexString();
    }
    return { ...settings, config };
  }

  async #changedSecrets(app: App, { type, body }: ExportedProvider): Promise<string[]> {
    const changed: string[] = [];
    for (const [field, value] of inlineSecretsIn(body)) {
      if ((await this.secrets.findValue(app, `${type}-${field}`)) !== value) changed.push(`secret ${type}-${field}`);
    }
    return changed;
  }

  async #notes(app: App | undefined, { type, body }: ExportedProvider): Promise<ImportStep[]> {
    const notes: ImportStep[] = [];
    if (!this.registry.find(type)) {
      notes.push(step('note', `provider ${type}`, { detail: 'kept, but this version cannot log in with it' }));
    }
    if (type.startsWith('oauth2-')) {
      const detail = `register ${this.config.publicUrl}${CALLBACK} as redirect URI there`;
      notes.push(step('note', `provider ${type}`, { detail }));
    }
    for (const name of secretNamesIn(body)) {
      if (app && (await this.secrets.findValue(app, name)) !== null) continue;
      notes.push(step('note', `secret ${name}`, { detail: 'an export holds no values: create it with its value' }));
    }
    return notes;
  }
}

/** Names of the functions that a provider calls. */
export function functionsNamedBy({ body }: ExportedProvider): string[] {
  const config = body['config'];
  if (!isPlainObject(config)) return [];
  return FUNCTIONS.map((field) => config[`${field}Name`]).filter(
    (name): name is string => typeof name === 'string' && name !== '',
  );
}

/** @throws InvalidParameter */
function disabledIn({ disabled }: Fields): boolean | undefined {
  if (disabled === undefined || disabled === null) return undefined;
  if (typeof disabled !== 'boolean') throw new InvalidParameter("'disabled' must be a boolean");
  return disabled;
}

function inlineSecretsIn(body: Fields): [string, string][] {
  const config = isPlainObject(body['config']) ? body['config'] : {};
  return Object.keys(INLINE_SECRETS).flatMap((field) => {
    const value = config[field];
    return typeof value === 'string' && value !== '' ? [[field, value] as [string, string]] : [];
  });
}

/** The settings as they will be once secrets in `config` have become records (inline-secrets.service.ts). */
function withNamedSecrets(type: string, settings: Fields): Fields {
  const inline = inlineSecretsIn(settings);
  if (inline.length === 0) return settings;
  const config = { ...(settings['config'] as Fields) };
  const named: Fields = {};
  for (const [field] of inline) {
    const { key, list } = INLINE_SECRETS[field]!;
    delete config[field];
    named[key] = list ? [`${type}-${field}`] : `${type}-${field}`;
  }
  const before = isPlainObject(settings['secret_config']) ? settings['secret_config'] : {};
  return { ...settings, config, secret_config: { ...named, ...before } };
}

function secretNamesIn(body: Fields): string[] {
  const named = isPlainObject(body['secret_config']) ? Object.values(body['secret_config']).flat() : [];
  return [...new Set(named.filter((name): name is string => typeof name === 'string' && name !== ''))];
}

/** `config.autoConfirm`, `redirect_uris`: names only. */
function changedKeys(before: Fields, after: Fields, prefix = ''): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) => {
    const [old, now] = [before[key], after[key]];
    if (isDeepStrictEqual(old, now)) return [];
    if (prefix === '' && isPlainObject(old) && isPlainObject(now)) return changedKeys(old, now, `${key}.`);
    return [`${prefix}${key}`];
  });
}
