import { createSecretKey, randomBytes, randomInt, type KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { ObjectId, type Binary, type ClientSession, type Document, type Filter, type UpdateFilter } from 'mongodb';
import type { Model } from 'mongoose';
import { Clock } from '../common/clock.js';
import { Config } from '../config/config.js';
import { MasterKey } from '../crypto/sealing.js';
import { ChangeFeed } from '../database/change-feed.js';
import { isDuplicateKey, MAX_TIME_MS } from '../database/database.js';
import { FreshCache } from '../database/fresh-cache.js';
import { ANYWHERE } from './access-list.js';
import { App, type CustomUserDataSettings, type Deployment } from './app.model.js';
import { AppIdNotFound, AppNameInvalid, AppNotFound, ClientAppIdInUse, LifetimeOutOfRange } from './apps.errors.js';

export interface NewApp {
  /** The default group where it is absent. */
  group?: ObjectId;
  name: string;
  /** Made from the name where it is absent. */
  clientAppId?: string;
  allowedOrigins?: string[];
  accessTokenSeconds?: number;
  refreshTokenSeconds?: number;
  deployment?: Partial<Deployment>;
}

const ACCESS_SECONDS = { default: 1_800, max: 86_400 };
/** 30 minutes to 5 years, 60 days unless set (client-api.md section 7). */
const REFRESH_SECONDS = { default: 5_184_000, min: 1_800, max: 157_680_000 };
const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const NO_CUSTOM_USER_DATA: CustomUserDataSettings = {
  enabled: false,
  mongoServiceId: '',
  databaseName: '',
  collectionName: '',
  userIdField: '',
  onUserCreationFunctionId: '',
};
const HERE: Deployment = {
  location: 'US-VA',
  deploymentModel: 'GLOBAL',
  providerRegion: 'aws-us-east-1',
  environment: '',
  product: 'standard',
};
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

@Injectable()
export class AppsService {
  /** By client app id, by id and by domain. */
  readonly #known: FreshCache<App>;
  readonly #refreshKeys = new WeakMap<App, KeyObject>();
  readonly #origins: FreshCache<{ lists: string[][] }>;

  constructor(
    @InjectModel(App.name) private readonly apps: Model<App>,
    feed: ChangeFeed,
    private readonly config: Config,
    private readonly masterKey: MasterKey,
    private readonly clock: Clock,
  ) {
    this.#known = new FreshCache(feed, apps.collection.collectionName);
    this.#origins = new FreshCache(feed, apps.collection.collectionName);
  }

  /**
   * The record alone; `NewAppsService` makes an app that works.
   *
   * @throws AppNameInvalid, LifetimeOutOfRange, or ClientAppIdInUse where the id is taken
   */
  async create(wanted: NewApp & { group: ObjectId }, transaction: ClientSession): Promise<App> {
    if (!NAME.test(wanted.name)) throw new AppNameInvalid(wanted.name);
    const { accessTokenSeconds = ACCESS_SECONDS.default, refreshTokenSeconds = REFRESH_SECONDS.default } = wanted;
    this.checkLifetimes({ accessTokenSeconds, refreshTokenSeconds });
    const _id = new ObjectId();
    const now = this.clock.now();
    const app: App = {
      _id,
      group: wanted.group,
      clientAppId: wanted.clientAppId ?? `${wanted.name.toLowerCase()}-${randomLetters(5)}`,
      name: wanted.name,
      domain: new ObjectId(),
      allowedOrigins: wanted.allowedOrigins ?? [],
      accessTokenSeconds,
      refreshTokenSeconds,
      sealedRefreshSecret: this.masterKey.seal(randomBytes(32), refreshSecretOf(_id)),
      accessList: [{ _id: new ObjectId(), address: ANYWHERE }],
      customUserData: NO_CUSTOM_USER_DATA,
      revocation: 'strict',
      deployment: { ...HERE, ...wanted.deployment },
      createdAt: now,
      modifiedAt: now,
    };
    try {
      await this.apps.collection.insertOne(app, { session: transaction });
    } catch (error) {
      throw isDuplicateKey(error) ? new ClientAppIdInUse(app.clientAppId) : error;
    }
    return app;
  }

  /** @throws LifetimeOutOfRange */
  checkLifetimes(lifetimes: { accessTokenSeconds: number; refreshTokenSeconds: number }): void {
    const { accessTokenSeconds: access, refreshTokenSeconds: refresh } = lifetimes;
    const min = this.config.minAccessTokenSeconds;
    if (!within(access, min, ACCESS_SECONDS.max)) throw new LifetimeOutOfRange('access', min, ACCESS_SECONDS.max);
    if (!within(refresh, REFRESH_SECONDS.min, REFRESH_SECONDS.max)) {
      throw new LifetimeOutOfRange('refresh', REFRESH_SECONDS.min, REFRESH_SECONDS.max);
    }
  }

  async findByClientAppId(clientAppId: string): Promise<App | null> {
    return this.#known.get(clientAppId, () => this.#read({ clientAppId }));
  }

  /** What `findByClientAppId` would give without asking the database; undefined where it must be asked. */
  known(clientAppId: string): App | undefined {
    return this.#known.peek(clientAppId);
  }

  /** @throws AppNotFound */
  async getByClientAppId(clientAppId: string): Promise<App> {
    const app = await this.findByClientAppId(clientAppId);
    if (!app) throw new AppNotFound(clientAppId);
    return app;
  }

  async findById(id: ObjectId): Promise<App | null> {
    return this.#known.get(id.toHexString(), () => this.#read({ _id: id }));
  }

  async findByDomain(domain: ObjectId): Promise<App | null> {
    return this.#known.get(`domain:${domain.toHexString()}`, () => this.#read({ domain }));
  }

  /**
   * Changes settings of an app by one write.
   *
   * @param condition must hold as well, for changes of list entries
   * @returns false where it does not
   * @throws AppIdNotFound where the app is gone
   */
  async update(app: App, change: UpdateFilter<App>, condition: Filter<App> = {}): Promise<boolean> {
    const { $set } = change;
    const stamped = { ...change, $set: { ...$set, modifiedAt: this.clock.now() } } as Document;
    const filter = { ...condition, _id: app._id } as Document;
    const { matchedCount } = await this.apps.collection.updateOne(filter, stamped, { maxTimeMS: MAX_TIME_MS });
    this.forget();
    if (matchedCount > 0) return true;
    if (await this.#read({ _id: app._id })) return false;
    throw new AppIdNotFound(app._id.toHexString());
  }

  /** The record alone; `AppRemovalService` removes what belongs to it. */
  async remove(app: App, transaction: ClientSession): Promise<boolean> {
    const { deletedCount } = await this.apps.collection.deleteOne({ _id: app._id }, { session: transaction });
    return deletedCount > 0;
  }

  /** All of them, by name. */
  async list(): Promise<App[]> {
    const found = await this.apps.find().sort({ name: 1, _id: 1 }).maxTimeMS(MAX_TIME_MS).lean<App[]>();
    return found.map(withBuffers);
  }

  /** Those of a group, by name. */
  async listOf(group: ObjectId, products: readonly string[]): Promise<App[]> {
    const filter = { group, 'deployment.product': { $in: [...products] } };
    const options = { sort: { name: 1, _id: 1 }, maxTimeMS: MAX_TIME_MS } as const;
    const found = await this.apps.collection.find(filter, options).toArray();
    return (found as unknown as App[]).map(withBuffers);
  }

  /** True where some app allows the origin: for the paths that name none. */
  async anyAllows(origin: string): Promise<boolean> {
    const known = await this.#origins.get('all', async () => {
      const apps = await this.list();
      return { lists: apps.map((app) => app.allowedOrigins) };
    });
    return known!.lists.some((list) => list.length === 0 || list.includes(origin));
  }

  /** Signs and checks this app's refresh tokens. */
  refreshKeyOf(app: App): KeyObject {
    const known = this.#refreshKeys.get(app);
    if (known) return known;
    const key = createSecretKey(this.masterKey.open(app.sealedRefreshSecret, refreshSecretOf(app._id)));
    this.#refreshKeys.set(app, key);
    return key;
  }

  async #read(filter: Partial<Pick<App, '_id' | 'clientAppId' | 'domain'>>): Promise<App | null> {
    const found = await this.apps.collection.findOne(filter as never, { maxTimeMS: MAX_TIME_MS });
    return found ? withBuffers(found as unknown as App) : null;
  }

  /** To be called once a change is committed: this instance's next request must see it. */
  forget(): void {
    this.#known.clear();
    this.#origins.clear();
  }
}

export function allowsOrigin(app: App, origin: string): boolean {
  return app.allowedOrigins.length === 0 || app.allowedOrigins.includes(origin);
}

/** What the sealed bytes are bound to, so that they open nowhere else. */
export function refreshSecretOf(id: ObjectId): string {
  return `apps.refreshSecret:${id.toHexString()}`;
}

function within(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max;
}

function randomLetters(count: number): string {
  return Array.from({ length: count }, () => LETTERS[randomInt(LETTERS.length)]).join('');
}

/** The driver gives stored bytes as Binary. */
function withBuffers(app: App): App {
  const stored = app.sealedRefreshSecret as Buffer | Binary;
  return { ...app, sealedRefreshSecret: Buffer.isBuffer(stored) ? stored : Buffer.from(stored.buffer) };
}
