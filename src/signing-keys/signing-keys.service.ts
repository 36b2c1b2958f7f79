import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { ObjectId, type Binary, type ClientSession } from 'mongodb';
import type { Model } from 'mongoose';
import type { App } from '../apps/app.model.js';
import { Clock } from '../common/clock.js';
import { MasterKey } from '../crypto/sealing.js';
import { randomToken } from '../crypto/tokens.js';
import { ChangeFeed } from '../database/change-feed.js';
import { MAX_TIME_MS } from '../database/database.js';
import { FreshCache } from '../database/fresh-cache.js';
import { SigningKey } from './signing-key.model.js';

/** A key ready for use: parsed once (a key given as text is parsed again at each call). */
export interface ReadyKey {
  appId: string;
  kid: string;
  algorithm: 'ES256';
  privateKey: KeyObject;
  publicKey: KeyObject;
  publicJwk: Record<string, string>;
}

@Injectable()
export class SigningKeysService {
  readonly #byApp: FreshCache<ReadyKey[]>;
  readonly #byKid: FreshCache<ReadyKey>;

  constructor(
    @InjectModel(SigningKey.name) private readonly keys: Model<SigningKey>,
    feed: ChangeFeed,
    private readonly masterKey: MasterKey,
    private readonly clock: Clock,
  ) {
    this.#byApp = new FreshCache(feed, keys.collection.collectionName);
    this.#byKid = new FreshCache(feed, keys.collection.collectionName);
  }

  /** Makes a key that signs from now on; earlier ones go on being published. */
  async create(app: App, transaction: ClientSession): Promise<void> {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const kid = randomToken(16);
    const der = privateKey.export({ type: 'pkcs8', format: 'der' });
    const key: SigningKey = {
      _id: new ObjectId(),
      app: app._id,
      kid,
      algorithm: 'ES256',
      sealedPrivateKey: this.masterKey.seal(der, privateKeyOf(kid)),
      publicJwk: publicKey.export({ format: 'jwk' }) as Record<string, string>,
      createdAt: this.clock.now(),
    };
    await this.keys.collection.insertOne(key, { session: transaction });
  }

  /** To be called once a change is committed. */
  forget(): void {
    this.#byApp.clear();
    this.#byKid.clear();
  }

  /** The key that signs this app's tokens. Asks the database only where the feed is silent or the app is new here. */
  async currentOf(app: App): Promise<ReadyKey> {
    const [newest] = await this.#allOf(app);
    if (!newest) throw new Error(`app ${app.clientAppId} has no signing key`);
    return newest;
  }

  async findByKid(kid: string): Promise<ReadyKey | null> {
    return this.#byKid.get(kid, async () => {
      const found = await this.keys.collection.findOne({ kid }, { maxTimeMS: MAX_TIME_MS });
      return found ? this.#ready(found as unknown as SigningKey) : null;
    });
  }

  /** RFC 7517 §5: what verifiers need, newest first. */
  async publicKeysOf(app: App): Promise<{ keys: Record<string, string>[] }> {
    const keys = await this.#allOf(app);
    return {
      keys: keys.map(({ kid, algorithm, publicJwk }) => ({ ...publicJwk, kid, alg: algorithm, use: 'sig' })),
    };
  }

  async #allOf(app: App): Promise<ReadyKey[]> {
    const found = await this.#byApp.get(app._id.toHexString(), async () => {
      const stored = await this.keys.collection
        .find({ app: app._id }, { maxTimeMS: MAX_TIME_MS })
        .sort({ createdAt: -1 })
        .toArray();
      return stored.map((key) => this.#ready(key as unknown as SigningKey));
    });
    return found!;
  }

  #ready(stored: SigningKey): ReadyKey {
    const sealed = Buffer.from((stored.sealedPrivateKey as Buffer | Binary).buffer as Uint8Array);
    const der = this.masterKey.open(sealed, privateKeyOf(stored.kid));
    const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    return {
      appId: stored.app.toHexString(),
      kid: stored.kid,
      algorithm: stored.algorithm,
      privateKey,
      publicKey: createPublicKey(privateKey),
      publicJwk: stored.publicJwk,
    };
  }
}

function privateKeyOf(kid: string): string {
  return `signingKeys.privateKey:${kid}`;
}
