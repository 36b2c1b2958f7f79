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
import { merged, parseSettings } from './provider-settings.js';
import { ProviderRegistry } from './provider.registry.js';
import { AuthProviderAlreadyExists, AuthProviderNotFound, ProviderRecordNotFound } from './providers.errors.js';

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

  /** @throws InvalidParameter for an unknown type or settings that its schema refuses, AuthProviderAlreadyExists */
  async create(app: App, wanted: NewProvider, transaction?: ClientSession): Promise<ProviderConfig> {
    const settings = (wanted.settings ?? {}) as Record<string, unknown>;
    this.check(wanted.type, settings);
    const config: ProviderConfig = {
      _id: new ObjectId(),
      app: app._id,
      name: wanted.name ?? wanted.type,
      type: wanted.type,
      disabled: wanted.disabled ?? false,
      settings,
      version: 1,
      createdAt: this.clock.now(),
    };
    try {
      await this.configs.collection.insertOne(config, transaction ? { session: transaction } : {});
    } catch (error) {
      throw isDuplicateKey(error) ? new AuthProviderAlreadyExists(config.name) : error;
    }
    this.#active.clear();
    return config;
  }

  /** Oldest first. */
  async list(app: App): Promise<ProviderConfig[]> {
    return this.configs.find({ app: app._id }).sort({ _id: 1 }).maxTimeMS(MAX_TIME_MS).lean<ProviderConfig[]>();
  }

  /** @throws ProviderRecordNotFound */
  async get(app: App, id: ObjectId): Promise<ProviderConfig> {
    const found = await this.configs.collection.findOne({ _id: id, app: app._id }, { maxTimeMS: MAX_TIME_MS });
    if (!found) throw new ProviderRecordNotFound();
    return found as unknown as ProviderConfig;
  }

  async findByName(app: App, name: string): Promise<ProviderConfig | null> {
    const found = await this.configs.collection.findOne({ app: app._id, name }, { maxTimeMS: MAX_TIME_MS });
    return found as unknown as ProviderConfig | null;
  }

  /**
   * Merges a change into what is stored, checked as a whole. Of two changes at once the second merges into the first.
   *
   * @throws InvalidParameter, ProviderRecordNotFound
   */
  async change(
    app: App,
    id: ObjectId,
    change: { disabled?: boolean; settings: Record<string, unknown> },
  ): Promise<void> {
    for (;;) {
      const { type, version, settings: stored } = await this.get(app, id);
      const settings = merged(stored, change.settings);
      this.check(type, settings);
      const $set = { settings, ...(change.disabled === undefined ? {} : { disabled: change.disabled }) };
      const filter = { _id: id, app: app._id, version };
      const { matchedCount } = await this.configs.collection.updateOne(
        filter,
        { $set, $inc: { version: 1 } },
        { maxTimeMS: MAX_TIME_MS },
      );
      this.#active.clear();
      if (matchedCount > 0) return;
    }
  }

  /** Sessions that were opened through it go on. @throws ProviderRecordNotFound */
  async setDisabled(app: App, id: ObjectId, disabled: boolean): Promise<void> {
    const update = { $set: { disabled }, $inc: { version: 1 } };
    const filter = { _id: id, app: app._id };
    const { matchedCount } = await this.configs.collection.updateOne(filter, update, { maxTimeMS: MAX_TIME_MS });
    this.#active.clear();
    if (matchedCount === 0) throw new ProviderRecordNotFound();
  }

  /** Only a disabled one. Users keep their identities of it. @throws ProviderRecordNotFound, BadRequest */
  async delete(app: App, id: ObjectId): Promise<void> {
    const { deletedCount } = await this.configs.collection.deleteOne({ _id: id, app: app._id, disabled: true });
    this.#active.clear();
    if (deletedCount > 0) return;
    const { name } = await this.get(app, id);
    throw new BadRequest(`cannot delete the enabled auth provider '${name}': disable it first`);
  }

  /** @throws InvalidParameter for an unknown type, or settings that its schema refuses */
  check(type: string, settings: Record<string, unknown>): void {
    const provider = this.registry.find(type);
    if (!provider) {
      const types = this.registry.types().join(', ');
      throw new InvalidParameter(`provider type '${type.slice(0, 64)}' is unknown, expected one of: ${types}`);
    }
    parseSettings(provider, settings);
  }

  /** @throws AuthProviderNotFound where it is unknown, not set up in this app, or disabled */
  async getActive(app: App, name: string): Promise<ActiveProvider> {
    const active = await this.#active.get(`${app._id.toHexString()}:${name}`, async () => {
      const found = await this.configs.collection.findOne({ app: app._id, name }, { maxTimeMS: MAX_TIME_MS });
      const config = found as unknown as ProviderConfig | null;
      const provider = config && this.registry.find(config.type);
      if (!config || !provider || config.disabled) return null;
      return activeOf(app, config, provider);
    });
    if (!active) throw new AuthProviderNotFound(name);
    return active;
  }

  /** As it is stored now, on or off: to be tried by an administrator. @throws ProviderRecordNotFound, AuthProviderNotFound, InvalidParameter */
  async getForTrial(app: App, id: ObjectId): Promise<ActiveProvider> {
    const config = await this.get(app, id);
    const provider = this.registry.find(config.type);
    if (!provider) throw new AuthProviderNotFound(config.name);
    return activeOf(app, config, provider);
  }
}

function activeOf(app: App, config: ProviderConfig, provider: AuthProvider): ActiveProvider {
  return { config, provider, strategies: provider.createStrategies(app, parseSettings(provider, config.settings)) };
}
