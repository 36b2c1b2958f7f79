import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { ObjectId } from 'mongodb';
import type { Model } from 'mongoose';
import type { App } from '../apps/app.model.js';
import { Clock } from '../common/clock.js';
import { sha256 } from '../crypto/tokens.js';
import { Database, isDuplicateKey, MAX_TIME_MS } from '../database/database.js';
import { identityKey } from '../identities/identities.service.js';
import { ApiKey } from '../providers/api-key/api-key.model.js';
import {
  ApiKeyAlreadyExists,
  ApiKeyNotFound,
  ApiKeysDisabled,
  TooManyApiKeys,
} from '../providers/api-key/api-keys.errors.js';
import { checkKeyName, freePlace, makeKey, prefixOf } from '../providers/api-key/make-key.js';
import { ProviderConfigsService } from '../providers/provider-configs.service.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { UsersService } from '../users/users.service.js';
import { AccountsService } from './accounts.service.js';

const MOST = 100;
const PROVIDER = 'api-key';

/** Keys of servers. Behind each is a user of type `server`, who comes and goes with it. */
@Injectable()
export class ServerKeysService {
  constructor(
    @InjectModel(ApiKey.name) private readonly keys: Model<ApiKey>,
    private readonly users: UsersService,
    private readonly accounts: AccountsService,
    private readonly sessions: SessionsService,
    private readonly configs: ProviderConfigsService,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** By name. */
  async list(app: App): Promise<ApiKey[]> {
    const options = { sort: { name: 1 }, projection: { keyHash: 0 }, maxTimeMS: MAX_TIME_MS } as const;
    return (await this.keys.collection
      .find({ app: app._id, kind: 'server' }, options)
      .toArray()) as unknown as ApiKey[];
  }

  /** @throws ApiKeyNotFound */
  async get(app: App, id: ObjectId): Promise<ApiKey> {
    const filter = { _id: id, app: app._id, kind: 'server' };
    const found = await this.keys.collection.findOne(filter, { projection: { keyHash: 0 }, maxTimeMS: MAX_TIME_MS });
    if (!found) throw new ApiKeyNotFound();
    return found as unknown as ApiKey;
  }

  /**
   * @returns the record, and the key itself: 64 letters and digits that are shown this once
   * @throws ApiKeysDisabled, MissingParameter, InvalidParameter, ApiKeyAlreadyExists, TooManyApiKeys
   */
  async create(app: App, name: string): Promise<{ record: ApiKey; key: string }> {
    const provider = await this.configs.findByName(app, PROVIDER);
    if (!provider || provider.disabled) throw new ApiKeysDisabled();
    checkKeyName(name);
    const key = makeKey();
    for (;;) {
      const place = await this.#freePlace(app);
      try {
        return { record: await this.#insert(app, { name, key, place, providerId: provider._id }), key };
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        const same = await this.keys.collection.findOne({ app: app._id, kind: 'server', name });
        if (same) throw new ApiKeyAlreadyExists();
      }
    }
  }

  /** What was won with a key ends when it is disabled, and does not come back. @throws ApiKeyNotFound */
  async setDisabled(app: App, id: ObjectId, disabled: boolean): Promise<void> {
    const filter = { _id: id, app: app._id, kind: 'server' };
    const before = await this.keys.collection.findOneAndUpdate(filter, { $set: { disabled } });
    if (!before) throw new ApiKeyNotFound();
    if (disabled) await this.sessions.end(app, { user: (before as unknown as ApiKey).user }, 'revoked');
  }

  /** With its user. @throws ApiKeyNotFound */
  async delete(app: App, id: ObjectId): Promise<void> {
    const { user } = await this.get(app, id);
    await this.accounts.delete(app, user);
  }

  /** Whether `id` and `key` are those of a key that is in use, and may be used by its app and its user. */
  async isRight(app: App, id: string, key: string): Promise<boolean> {
    const found = await this.findActive(app, key);
    return found?.toHexString() === id.toLowerCase();
  }

  /** The id of a key that is in use, and may be used by its app and its user. */
  async findActive(app: App, key: string): Promise<ObjectId | null> {
    return this.#ifActive(app, { keyHash: sha256(key) });
  }

  async exists(app: App, id: ObjectId): Promise<boolean> {
    const filter = { _id: id, app: app._id, kind: 'server' as const };
    return (await this.keys.collection.findOne(filter, { projection: { _id: 1 }, maxTimeMS: MAX_TIME_MS })) !== null;
  }

  async isActive(app: App, id: ObjectId): Promise<boolean> {
    return (await this.#ifActive(app, { _id: id })) !== null;
  }

  async #ifActive(app: App, which: { keyHash: Buffer } | { _id: ObjectId }): Promise<ObjectId | null> {
    const filter = { app: app._id, kind: 'server' as const, ...which, disabled: false };
    const options = { projection: { user: 1 }, maxTimeMS: MAX_TIME_MS };
    const found = await this.keys.collection.findOne(filter, options);
    if (!found) return null;
    const provider = await this.configs.findByName(app, PROVIDER);
    const user = await this.users.find(app, found['user'] as ObjectId);
    return provider?.disabled === false && user?.disabled === false ? found._id : null;
  }

  async #freePlace(app: App): Promise<number> {
    const options = { projection: { place: 1 }, maxTimeMS: MAX_TIME_MS };
    const taken = await this.keys.collection.find({ app: app._id, kind: 'server' }, options).toArray();
    const place = freePlace(
      taken.map(({ place }) => Number(place)),
      MOST,
    );
    if (place === undefined) throw new TooManyApiKeys('an app', MOST);
    return place;
  }

  async #insert(
    app: App,
    { name, key, place, providerId }: { name: string; key: string; place: number; providerId: ObjectId },
  ): Promise<ApiKey> {
    const _id = new ObjectId();
    const id = _id.toHexString();
    const identity = { key: identityKey(PROVIDER, id), id, provider: PROVIDER, providerId, data: { name } };
    return this.database.transaction(async (transaction) => {
      const user = await this.users.create(app, { identity, type: 'server' }, transaction);
      const record: ApiKey = {
        _id,
        app: app._id,
        user: user._id,
        kind: 'server',
        name,
        keyHash: sha256(key),
        prefix: prefixOf(key),
        disabled: false,
        place,
        createdAt: this.clock.now(),
      };
      await this.keys.collection.insertOne(record, { session: transaction });
      return record;
    });
  }
}
