import { Injectable } from '@nestjs/common';
import type { ObjectId } from 'mongodb';
import { z } from 'zod';
import type { App } from '../apps/app.model.js';
import { InvalidParameter, MissingParameter } from '../errors/errors.js';
import type { Preset } from './auth-provider.js';
import { InlineSecretsService } from './inline-secrets.service.js';
import type { ProviderConfig } from './provider-config.model.js';
import { ProviderConfigsService } from './provider-configs.service.js';
import { ProviderRegistry } from './provider.registry.js';
import { merged, settingsIn } from './provider-settings.js';
import { AuthProviderAlreadyExists } from './providers.errors.js';

/** Part of URLs, and of identities' keys, where a colon ends it. */
const NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/** A type of provider, as administrators get to see it. */
export interface ProviderType {
  type: string;
  available: boolean;
  /** An app may have many of it, told apart by name. */
  many: boolean;
  /** JSON schema of the settings. */
  schema: object;
  presets: Preset[];
}

/** Takes providers as the original's tools send them: whole files, with ids, names and more. */
@Injectable()
export class ProviderSetupService {
  constructor(
    private readonly configs: ProviderConfigsService,
    private readonly inlineSecrets: InlineSecretsService,
    private readonly registry: ProviderRegistry,
  ) {}

  /** The name is the type, unless an app may have several of it. @throws MissingParameter, InvalidParameter, AuthProviderAlreadyExists */
  async create(app: App, body: Record<string, unknown>): Promise<ProviderConfig> {
    const { type } = body;
    if (type === undefined) throw new MissingParameter("'type' is a required string");
    if (typeof type !== 'string') throw new InvalidParameter("'type' must be a string");
    const disabled = disabledIn(body) ?? false;
    const name = this.#nameIn(body, type);
    this.configs.check(type, settingsIn(body));
    // The index decides; but a secret of the one that is there is not to be replaced on the way to a refusal.
    if (await this.configs.findByName(app, name)) throw new AuthProviderAlreadyExists(name);
    const settings = await this.inlineSecrets.takeOut(app, name, settingsIn(body));
    return this.configs.create(app, { type, name, disabled, settings });
  }

  /** `_id`, `name` and `type` are ignored: tools send back what they read. @throws InvalidParameter, ProviderRecordNotFound */
  async change(app: App, id: ObjectId, body: Record<string, unknown>): Promise<void> {
    const { type, name, settings: stored } = await this.configs.get(app, id);
    const disabled = disabledIn(body);
    this.configs.check(type, merged(stored, settingsIn(body)));
    const settings = await this.inlineSecrets.takeOut(app, name, settingsIn(body));
    await this.configs.change(app, id, { settings, ...(disabled === undefined ? {} : { disabled }) });
  }

  #nameIn({ name }: Record<string, unknown>, type: string): string {
    if (!this.registry.find(type)?.isMany || name === undefined || name === null) return type;
    if (typeof name !== 'string' || !NAME.test(name)) {
      throw new InvalidParameter(
        "'name' of a provider has 1 to 64 lower-case letters, digits, hyphens and underscores",
      );
    }
    if (name !== type && this.registry.find(name)) {
      throw new InvalidParameter(`'${name}' is a type of providers: choose another name`);
    }
    return name;
  }

  /** What can be set up, with a JSON schema of the settings, and what they can be filled in with. */
  types(): ProviderType[] {
    return this.registry.types().map((type) => {
      const { isMany, settingsSchema, presets } = this.registry.find(type)!;
      const schema = z.toJSONSchema(settingsSchema, { io: 'input', unrepresentable: 'any' });
      return { type, available: true, many: isMany, schema, presets: [...presets] };
    });
  }
}

function disabledIn({ disabled }: Record<string, unknown>): boolean | undefined {
  if (disabled === undefined || disabled === null) return undefined;
  if (typeof disabled !== 'boolean') throw new InvalidParameter("'disabled' must be a boolean");
  return disabled;
}
