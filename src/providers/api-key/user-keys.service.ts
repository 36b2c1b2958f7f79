import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { ObjectId } from 'mongodb';
import type { Model } from 'mongoose';
import type { App } from '../../apps/app.model.js';
import { Clock } from '../../common/clock.js';
import { sha256 } from '../../crypto/tokens.js';
import { isDuplicateKey, MAX_TIME_MS } from '../../database/database.js';
import type { LiveSession } from '../../sessions/live-session.js';
import { SessionsService } from '../../sessions/sessions.service.js';
import { ProviderConfigsService } from '../provider-configs.service.js';
import { ApiKey } from './api-key.model.js';
import {
  ApiKeyAlreadyExists,
  ApiKeyInUse,
  ApiKeyNotFound,
  ApiKeysDisabled,
  NoKeysForThisUser,
  TooManyApiKeys,
} from './api-keys.errors.js';
import { checkKeyName, freePlace, makeKey, prefixOf } from './make-key.js';

const MOST = 20;
const PROVIDER = 'api-key';

/** Keys that users make for themselves. What was won with one ends as it is disabled or deleted. */
@Injectable()
export class UserKeysService {
  constructor(
    @InjectModel(ApiKey.name) private readonly keys: Model<ApiKey>,
    private readonly sessions: SessionsService,
    private readonly configs: ProviderConfigsService,
    private readonly clock: Clock,
  ) {}

  /** By name. */
  async list(app: App, user: ObjectId): Promise<ApiKey[]> {
    const options = { sort: { name: 1 }, projection: { keyHash: 0 }, maxTimeMS: MAX_TIME_MS } as const;
    const filter = { app: app._id, user, kind: 'user' };
    return (await this.keys.collection.find(filter, options).toArray()) as unknown as ApiKey[];
  }

  /** @throws ApiKeyNotFound, for those of others too */
  async get(app: App, user: ObjectId, id: ObjectId): Promise<ApiKey> {
    const options = { projection: { keyHash: 0 }, maxTimeMS: MAX_TIME_MS };
    const found = await this.keys.collection.findOne({ _id: id, app: app._id, user, kind: 'user' }, options);
    if (!found) throw new ApiKeyNotFound();
    return found as unknown as ApiKey;
  }

  /**
   * @returns the record, and the key itself, which is shown this once
   * @throws NoKeysForThisUser, ApiKeysDisabled, MissingParameter, InvalidParameter, ApiKeyAlreadyExists, TooManyApiKeys
   */
  async create(app: App, { user }: LiveSession, name: string): Promise<{ record: ApiKey; key: string }> {
    checkKeyName(name);
    if (user.type === 'server' || user.identities.every(({ provider }) => provider === 'anon-user')) {
      throw new NoKeysForThisUser();
    }
    const provider = await this.configs.findByName(app, PROVIDER);
    if (!provider || provider.disabled) throw new ApiKeysDisabled();
    const key = makeKey();
    const wanted = {
      app: app._id,
      user: ObjectId.createFromHexString(user.id),
      kind: 'user' as const,
      name,
      keyHash: sha256(key),
      prefix: prefixOf(key),
      disabled: false,
    };
    for (;;) {
      const existing = await this.list(app, wanted.user);
      if (existing.some((other) => other.name === name)) throw new ApiKeyAlreadyExists();
      const taken = existing.map(({ place }) => Number(place));
      const place = freePlace(taken, MOST);
      if (place === undefined) throw new TooManyApiKeys('a user', MOST);
      const record: ApiKey = { _id: new ObjectId(), ...wanted, place, createdAt: this.clock.now() };
      try {
        await this.keys.collection.insertOne(record);
        return { record, key };
      } catch (error) {
        // The name or the place was taken meanwhile: the next look says which.
        if (!isDuplicateKey(error)) throw error;
      }
    }
  }

  /** @throws ApiKeyNotFound */
  async enable(app: App, user: ObjectId, id: ObjectId): Promise<void> {
    await this.#setDisabled(app, user, id, false);
  }

  /** @throws ApiKeyNotFound */
  async disable(app: App, user: ObjectId, id: ObjectId): Promise<void> {
    await this.#setDisabled(app, user, id, true);
    // Not in one transaction: a login that is under way looks at the key again once its session is stored.
    await this.sessions.endOpenedWith(app, user, { id: id.toHexString(), provider: PROVIDER });
    this.sessions.forget(user);
  }

  /**
   * @param current the session that asks; a key cannot take away what it stands on
   * @throws ApiKeyNotFound, ApiKeyInUse
   */
  async delete(app: App, user: ObjectId, id: ObjectId, current?: LiveSession): Promise<void> {
    await this.get(app, user, id);
    const { provider, id: identityId } = current?.identity ?? {};
    if (provider === PROVIDER && identityId === id.toHexString()) throw new ApiKeyInUse();
    await this.disable(app, user, id);
    await this.keys.collection.deleteOne({ _id: id, app: app._id, user, kind: 'user' });
  }

  async #setDisabled(app: App, user: ObjectId, id: ObjectId, disabled: boolean): Promise<void> {
    const filter = { _id: id, app: app._id, user, kind: 'user' };
    const options = { maxTimeMS: MAX_TIME_MS };
    const { matchedCount } = await this.keys.collection.updateOne(filter, { $set: { disabled } }, options);
    if (matchedCount === 0) throw new ApiKeyNotFound();
  }
}
