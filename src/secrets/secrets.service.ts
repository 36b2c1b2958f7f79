import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { ObjectId, type ClientSession } from 'mongodb';
import type { Model } from 'mongoose';
import type { App } from '../apps/app.model.js';
import { Clock } from '../common/clock.js';
import { MasterKey } from '../crypto/sealing.js';
import { bytesOf } from '../database/bytes.js';
import { isDuplicateKey, MAX_TIME_MS } from '../database/database.js';
import { InvalidParameter } from '../errors/errors.js';
import { Secret } from './secret.model.js';
import { SecretAlreadyExists, SecretNotFound } from './secrets.errors.js';

const NAME = /^[A-Za-z0-9_-]{1,128}$/;
const MAX_VALUE = 16_384;
const MOST = 1_000;

/** Secrets of apps, by name. Values go in and are used; no answer ever holds one. */
@Injectable()
export class SecretsService {
  constructor(
    @InjectModel(Secret.name) private readonly secrets: Model<Secret>,
    private readonly masterKey: MasterKey,
    private readonly clock: Clock,
  ) {}

  async list(app: App): Promise<Pick<Secret, '_id' | 'name'>[]> {
    const options = { projection: { name: 1 }, sort: { name: 1 }, limit: MOST, maxTimeMS: MAX_TIME_MS } as const;
    return (await this.secrets.collection.find({ app: app._id }, options).toArray()) as unknown as Secret[];
  }

  /** @throws InvalidParameter, SecretAlreadyExists */
  async create(app: App, wanted: { name: string; value: string }, transaction?: ClientSession): Promise<ObjectId> {
    const { name, value } = wanted;
    if (!NAME.test(name)) {
      throw new InvalidParameter("'name' of a secret has 1 to 128 ASCII letters, digits, underscores and hyphens");
    }
    const _id = new ObjectId();
    const secret: Secret = {
      _id,
      app: app._id,
      name,
      sealedValue: this.#seal(_id, value),
      version: 1,
      createdAt: this.clock.now(),
    };
    try {
      await this.secrets.collection.insertOne(secret, transaction ? { session: transaction } : {});
    } catch (error) {
      throw isDuplicateKey(error) ? new SecretAlreadyExists(name) : error;
    }
    return _id;
  }

  /** @throws InvalidParameter, SecretNotFound */
  async replace(app: App, id: ObjectId, value: string): Promise<void> {
    const update = { $set: { sealedValue: this.#seal(id, value) }, $inc: { version: 1 } };
    const filter = { _id: id, app: app._id };
    const { matchedCount } = await this.secrets.collection.updateOne(filter, update, { maxTimeMS: MAX_TIME_MS });
    if (matchedCount === 0) throw new SecretNotFound();
  }

  /** Creates it, or replaces the value of the one that has the name. @throws InvalidParameter */
  async put(app: App, wanted: { name: string; value: string }): Promise<void> {
    try {
      await this.create(app, wanted);
    } catch (error) {
      if (!(error instanceof SecretAlreadyExists)) throw error;
      const found = await this.secrets.collection.findOne({ app: app._id, name: wanted.name });
      if (found) await this.replace(app, found._id, wanted.value);
    }
  }

  /** @throws SecretNotFound */
  async delete(app: App, id: ObjectId): Promise<void> {
    const { deletedCount } = await this.secrets.collection.deleteOne({ _id: id, app: app._id });
    if (deletedCount === 0) throw new SecretNotFound();
  }

  /** The value itself, for the provider or function that names it; null where there is none. */
  async findValue(app: App, name: string): Promise<string | null> {
    const found = await this.secrets.collection.findOne({ app: app._id, name }, { maxTimeMS: MAX_TIME_MS });
    if (!found) return null;
    const { _id, sealedValue } = found as unknown as Secret;
    return this.masterKey.open(bytesOf(sealedValue), contextOf(_id)).toString('utf8');
  }

  #seal(id: ObjectId, value: string): Buffer {
    if (value === '' || value.length > MAX_VALUE) {
      throw new InvalidParameter(`'value' of a secret has 1 to ${MAX_VALUE} characters`);
    }
    return this.masterKey.seal(value, contextOf(id));
  }
}

/** Bound to the record, not to the name: no other record opens it. */
export function contextOf(id: ObjectId): string {
  return `secrets.value:${id.toHexString()}`;
}
