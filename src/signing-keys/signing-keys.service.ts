import type { KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { ObjectId, type Binary, type ClientSession } from 'mongodb';
import type { Model } from 'mongoose';
import type { App } from '../apps/app.model.js';
import { Clock } from '../common/clock.js';
import { MasterKey } from '../crypto/sealing.js';
import { randomToken } from '../crypto/tokens.js';
import { ChangeFeed } from '../database/change-feed.js';
import { Database, isDuplicateKey, MAX_TIME_MS } from '../database/database.js';
import { FreshCache } from '../database/fresh-cache.js';
import { makeKeyPair, readKeyPair } from './key-pairs.js';
import { SigningKey, type SigningAlgorithm } from './signing-key.model.js';
import { SigningKeyNotFound } from './signing-keys.errors.js';

/** A key ready for use: parsed once (a key given as text is parsed again at each call). Times in milliseconds. */
export interface ReadyKey {
  appId: string;
  kid: string;
  algorithm: SigningAlgorithm;
  privateKey: KeyObject;
  publicKey: KeyObject;
  publicJwk: Record<string, string>;
  usedFrom: number;
  removeAt: number;
  retired: boolean;
}

/** A key of an app as its administrators see it. */
export interface KeyRecord {
  key: SigningKey;
  state: 'next' | 'current' | 'previous' | 'retired';
}

/** Twice as long as verifiers may keep the key set before they ask again. */
const PUBLISHED_BEFORE_USED_MS = 600_000;
/** The longest life of an access token, and an hour for clocks that differ. */
const LAST_TOKEN_EXPIRES_MS = 25 * 3_600_000;
const DAY_MS = 86_400_000;
/** Rotations at once that may get in each other's way. */
const MOST_TRIES = 5;

@Injectable()
export class SigningKeysService {
  readonly #byApp: FreshCache<ReadyKey[]>;
  readonly #byKid: FreshCache<ReadyKey>;
  readonly #listeners: (() => void)[] = [];

  constructor(
    @InjectModel(SigningKey.name) private readonly keys: Model<SigningKey>,
    feed: ChangeFeed,
    private readonly database: Database,
    private readonly masterKey: MasterKey,
    private readonly clock: Clock,
  ) {
    const { collectionName } = keys.collection;
    this.#byApp = new FreshCache(feed, collectionName);
    this.#byKid = new FreshCache(feed, collectionName);
    const tell = (): void => this.#tell();
    feed.listen(collectionName, { changed: ({ kind }) => kind !== 'insert' && tell(), lost: tell });
  }

  /** @param listener called when a key may have been retired, here or on another instance */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Makes the first key of an app, which signs from now on. */
  async create(app: App, transaction: ClientSession): Promise<void> {
    const key = await this.#make(app, { generation: 0, usedFrom: this.clock.now() });
    await this.keys.collection.insertOne(key, { session: transaction });
  }

  /** Newest first. */
  async list(app: App): Promise<KeyRecord[]> {
    const stored = await this.#read(app);
    const now = this.clock.now().getTime();
    const current = currentAmong(stored, now);
    return stored.map((key) => ({ key, state: stateOf(key, current, now) }));
  }

  /**
   * Makes and publishes the key that takes over in ten minutes, when verifiers have seen it. Where one waits already, by
   * another request or instance, it is that one.
   */
  async rotate(app: App): Promise<SigningKey> {
    return this.#tryAgain(async () => {
      const stored = await this.#read(app);
      const now = this.clock.now().getTime();
      const waiting = stored.find((key) => !key.retiredAt && usedFromOf(key) > now);
      if (waiting) return waiting;
      const usedFrom = new Date(now + PUBLISHED_BEFORE_USED_MS);
      const next = await this.#make(app, { generation: nextGeneration(stored), usedFrom });
      await this.database.transaction(async (transaction) => {
        await this.keys.collection.insertOne(next, { session: transaction });
        await this.#supersede(app, next, transaction);
      });
      return next;
    });
  }

  /** Rotates where the newest key has been in use for so many days. */
  async rotateIfOlder(app: App, days: number): Promise<void> {
    const newest = (await this.#read(app)).find((key) => !key.retiredAt);
    const due = newest ? usedFromOf(newest) + days * DAY_MS : 0;
    if (due <= this.clock.now().getTime()) await this.rotate(app);
  }

  /**
   * Gives a key up: what it signed is refused from now on, on every instance. Where it was the one in use, another signs at
   * once.
   *
   * @throws SigningKeyNotFound
   */
  async retire(app: App, kid: string): Promise<void> {
    await this.#tryAgain(async () => {
      const stored = await this.#read(app);
      const now = this.clock.now();
      const found = stored.find((key) => key.kid === kid && !key.retiredAt);
      if (!found) throw new SigningKeyNotFound();
      const wasCurrent = currentAmong(stored, now.getTime())?.kid === kid;
      const waiting = stored.find((key) => !key.retiredAt && usedFromOf(key) > now.getTime());
      const successor = wasCurrent
        ? (waiting ?? (await this.#make(app, { generation: nextGeneration(stored), usedFrom: now })))
        : undefined;
      await this.database.transaction(async (transaction) => {
        const options = { session: transaction };
        const removeAt = new Date(now.getTime() + LAST_TOKEN_EXPIRES_MS);
        const { matchedCount } = await this.keys.collection.updateOne(
          { app: app._id, kid, retiredAt: { $exists: false } },
          { $set: { retiredAt: now, removeAt } },
          options,
        );
        if (matchedCount === 0) throw new SigningKeyNotFound();
        if (successor === waiting && waiting) {
          await this.keys.collection.updateOne({ _id: waiting._id }, { $set: { usedFrom: now } }, options);
        } else if (successor) {
          await this.keys.collection.insertOne(successor, options);
        }
        // Retired before its time: the one that was to make room for it goes on.
        if (waiting?.kid === kid) await this.#reinstate(stored, now.getTime(), transaction);
      });
    });
  }

  /** To be called once a change is committed. */
  forget(): void {
    this.#byApp.clear();
    this.#byKid.clear();
  }

  /** The key that signs this app's tokens. Asks the database only where the feed is silent or the app is new here. */
  async currentOf(app: App): Promise<ReadyKey> {
    const keys = await this.#allOf(app);
    const now = this.clock.now().getTime();
    const current = keys.find(({ retired, usedFrom }) => !retired && usedFrom <= now);
    if (!current) throw new Error(`app ${app.clientAppId} has no signing key`);
    return current;
  }

  /** @returns null also for one that was retired */
  async findByKid(kid: string): Promise<ReadyKey | null> {
    const key = await this.#byKid.get(kid, async () => {
      const found = await this.keys.collection.findOne({ kid }, { maxTimeMS: MAX_TIME_MS });
      return found ? this.#ready(found as unknown as SigningKey) : null;
    });
    return key?.retired ? null : key;
  }

  /** RFC 7517 §5: what verifiers need, newest first. */
  async publicKeysOf(app: App): Promise<{ keys: Record<string, string>[] }> {
    const now = this.clock.now().getTime();
    const keys = (await this.#allOf(app)).filter(({ retired, removeAt }) => !retired && now < removeAt);
    return {
      keys: keys.map(({ kid, algorithm, publicJwk }) => ({ ...publicJwk, kid, alg: algorithm, use: 'sig' })),
    };
  }

  /** Those of the keys that are published. */
  async algorithmsOf(app: App): Promise<string[]> {
    const { keys } = await this.publicKeysOf(app);
    return [...new Set(keys.map(({ alg }) => alg!))];
  }

  async #allOf(app: App): Promise<ReadyKey[]> {
    const found = await this.#byApp.get(app._id.toHexString(), async () =>
      (await this.#read(app)).map((key) => this.#ready(key)),
    );
    return found!;
  }

  async #read(app: App): Promise<SigningKey[]> {
    const found = await this.keys.collection
      .find({ app: app._id }, { maxTimeMS: MAX_TIME_MS })
      .sort({ generation: -1 })
      .toArray();
    return found as unknown as SigningKey[];
  }

  async #make(app: App, when: { generation: number; usedFrom: Date }): Promise<SigningKey> {
    const algorithm = app.signingAlgorithm ?? 'ES256';
    const { privateDer, publicJwk } = await makeKeyPair(algorithm);
    const kid = randomToken(16);
    return {
      _id: new ObjectId(),
      app: app._id,
      kid,
      algorithm,
      sealedPrivateKey: this.masterKey.seal(privateDer, privateKeyOf(kid)),
      publicJwk,
      createdAt: this.clock.now(),
      ...when,
    };
  }

  /** Older keys go when the last token that they can have signed has expired. */
  async #supersede(app: App, next: SigningKey, transaction: ClientSession): Promise<void> {
    const removeAt = new Date(usedFromOf(next) + LAST_TOKEN_EXPIRES_MS);
    const older = { app: app._id, _id: { $ne: next._id }, removeAt: { $exists: false } };
    await this.keys.collection.updateMany(older, { $set: { removeAt } }, { session: transaction });
  }

  async #reinstate(stored: readonly SigningKey[], now: number, transaction: ClientSession): Promise<void> {
    const current = currentAmong(stored, now);
    if (!current) return;
    await this.keys.collection.updateOne({ _id: current._id }, { $unset: { removeAt: '' } }, { session: transaction });
  }

  /** Runs `change` again when another rotation of the app was faster. */
  async #tryAgain<T>(change: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await change();
      } catch (error) {
        if (!isDuplicateKey(error) || tries === MOST_TRIES) throw error;
      } finally {
        this.forget();
        this.#tell();
      }
    }
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  #ready(stored: SigningKey): ReadyKey {
    const sealed = Buffer.from((stored.sealedPrivateKey as Buffer | Binary).buffer as Uint8Array);
    return {
      ...readKeyPair(this.masterKey.open(sealed, privateKeyOf(stored.kid))),
      appId: stored.app.toHexString(),
      kid: stored.kid,
      algorithm: stored.algorithm,
      publicJwk: stored.publicJwk,
      usedFrom: usedFromOf(stored),
      removeAt: stored.removeAt?.getTime() ?? Infinity,
      retired: stored.retiredAt !== undefined,
    };
  }
}

/** @param stored newest first */
function currentAmong(stored: readonly SigningKey[], now: number): SigningKey | undefined {
  return stored.find((key) => !key.retiredAt && usedFromOf(key) <= now);
}

function stateOf(key: SigningKey, current: SigningKey | undefined, now: number): KeyRecord['state'] {
  if (key.retiredAt) return 'retired';
  if (key === current) return 'current';
  return usedFromOf(key) > now ? 'next' : 'previous';
}

function usedFromOf({ usedFrom, createdAt }: SigningKey): number {
  return (usedFrom ?? createdAt).getTime();
}

function nextGeneration([newest]: readonly SigningKey[]): number {
  return (newest?.generation ?? 0) + 1;
}

/** What the sealed bytes are bound to. */
export function privateKeyOf(kid: string): string {
  return `signingKeys.privateKey:${kid}`;
}
