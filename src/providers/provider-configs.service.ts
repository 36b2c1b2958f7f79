import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { ObjectId, type ClientSession } from 'mongodb';
import type { Model } from 'mongoose';
import type { App } from '../apps/app.model.js';
import { Clock } from '../common/clock.js';
import { ChangeFeed } from '../database/change-feed.js';
import { isDuplicateKey, MAX_TIME_MS } from '../database/database.js';
import { FreshCache } from '../database/fresh-cache.js';
import { BadRequest, InvalidParameter } from '../errors/errors.js';
import type { AuthProvider, Strategies } from './auth-provider.js';
import { ProviderConfig } from './provider-config.model.js';
import { ProviderRegistry } from './provider.registry.js';
import { AuthProviderNotFound } from './providers.errors.js';

/** A provider of an app, ready to log people in. */
export interface ActiveProvider {
  config: ProviderConfig;
  provider: AuthProvider;
  strategies: Strategies<unknown>;
}

export interface NewProvider {
  type: string;
  /** The type, unless it may occur more than once. */
  name?: string;
  disabled?: boolean;
  /** `config`, `secret_config`, …, as the Admin API has them. */
  settings?: object;
}

@Injectable()
export class ProviderConfigsService {
  /** Replaced when a configuration changes, and with it the strategies that were built from the old one. */
  readonly #active: FreshCache<ActiveProvider>;

  constructor(
    @InjectModel(ProviderConfig.name) private readonly configs: Model<ProviderConfig>,
    private readonly registry: ProviderRegistry,
    feed: ChangeFeed,
    private readonly clock: Clock,
  ) {
    this.#active = new FreshCache(feed, configs.collection.collectionName);
  }

  /** @throws InvalidParameter for an unknown type or settings that its schema refuses; BadRequest when it exists */
  async create(app: App, wanted: NewProvider, transaction?: ClientSession): Promise<ObjectId> {
    const provider = this.registry.find(wanted.type);
    if (!provider) {
      throw new InvalidParameter(
        `provider type '${wanted.type.slice(0, 64)}' is unknown, expected one of: ${this.registry.types().join(', ')}`,
      );
    }
    const settings = wanted.settings ?? {};
    parseSettings(provider, settings);
    const config: ProviderConfig = {
      _id: new ObjectId(),
      app: app._id,
      name: wanted.name ?? wanted.type,
      type: wanted.type,
      disabled: wanted.disabled ?? false,
      settings: settings as Record<string, unknown>,
      createdAt: this.clock.now(),
    };
    try {
      await this.configs.collection.insertOne(config, transaction ? { session: transaction } : {});
    } catch (error) {
      throw isDuplicateKey(error) ? new BadRequest(`provider '${config.name}' exists already`) : error;
    }
    this.#active.clear();
    return config._id;
  }

  /** Oldest first. */
  async list(app: App): Promise<ProviderConfig[]> {
    return this.configs.find({ app: app._id }).sort({ _id: 1 }).maxTimeMS(MAX_TIME_MS).lean<ProviderConfig[]>();
  }

  /** False where there is none of that name. */
  async setDisabled(app: App, name: string, disabled: boolean): Promise<boolean> {
    const { matchedCount } = await this.configs.collection.updateOne({ app: app._id, name }, { $set: { disabled } });
    this.#active.clear();
    return matchedCount > 0;
  }

  /** @throws AuthProviderNotFound where it is unknown, not set up in this app, or disabled */
  async getActive(app: App, name: string): Promise<ActiveProvider> {
    const active = await this.#active.get(`${app._id.toHexString()}:${name}`, async () => {
      const found = await this.configs.collection.findOne({ app: app._id, name }, { maxTimeMS: MAX_TIME_MS });
      const config = found as unknown as ProviderConfig | null;
      const provider = config && this.registry.find(config.type);
      if (!config || !provider || config.disabled) return null;
      return { config, provider, strategies: provider.createStrategies(app, parseSettings(provider, config.settings)) };
    });
    if (!active) throw new AuthProviderNotFound(name);
    return active;
  }
}

function parseSettings(provider: AuthProvider, settings: object): unknown {
  const parsed = provider.settingsSchema.safeParse(settings);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new InvalidParameter(`${issue?.path.join('.') || 'settings'}: ${issue?.message ?? 'not valid'}`);
}
