import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { ObjectId, type Binary, type ClientSession } from 'mongodb';
import type { Model } from 'mongoose';
import type { App } from '../apps/app.model.js';
import { Clock } from '../common/clock.js';
import { BatchedWrites } from '../database/batched-writes.js';
import { isDuplicateKey, MAX_TIME_MS } from '../database/database.js';
import { WriteBehind } from '../database/write-behind.js';
import type { Identity } from './identity.schema.js';
import { dataOf, searchKeysOf } from './search-keys.js';
import { User } from './user.model.js';
import { AccountNameInUse, UserNotFound } from './users.errors.js';

/** A User as stored, its identities' secrets included: for those who check passwords. */
export type StoredUser = User;

/** Creates, finds and lists users. What ends or joins one is in `accounts/`, what adds a way in is in `identities/`. */
@Injectable()
export class UsersService {
  constructor(
    @InjectModel(User.name) private readonly users: Model<User>,
    private readonly batchedWrites: BatchedWrites,
    private readonly writeBehind: WriteBehind,
    private readonly clock: Clock,
  ) {}

  /** @throws AccountNameInUse when the identity belongs to somebody; the unique index decides */
  async create(
    app: App,
    wanted: { identity: Omit<Identity, 'createdAt'>; type?: User['type']; loggedIn?: boolean },
    session?: ClientSession,
  ): Promise<StoredUser> {
    const now = this.clock.now();
    const user: User = {
      _id: new ObjectId(),
      app: app._id,
      type: wanted.type ?? 'normal',
      data: { ...wanted.identity.data },
      identities: [{ ...wanted.identity, createdAt: now }],
      searchKeys: searchKeysOf([wanted.identity]),
      epoch: 0,
      disabled: false,
      createdAt: now,
      ...(wanted.loggedIn ? { lastLoginAt: now } : {}),
    };
    try {
      if (session) await this.users.collection.insertOne(user, { session });
      else await this.batchedWrites.insert(this.users.collection, user);
    } catch (error) {
      if (isDuplicateKey(error)) throw new AccountNameInUse();
      throw error;
    }
    return user;
  }

  async find(app: App, id: ObjectId): Promise<StoredUser | null> {
    return this.#read({ _id: id, app: app._id });
  }

  /** @throws UserNotFound */
  async get(app: App, id: ObjectId, transaction?: ClientSession): Promise<StoredUser> {
    const user = await this.#read({ _id: id, app: app._id }, transaction);
    if (!user) throw new UserNotFound();
    return user;
  }

  /** The one user of this app who has the identity. */
  async findByIdentity(app: App, key: string, transaction?: ClientSession): Promise<StoredUser | null> {
    return this.#read({ app: app._id, 'identities.key': key }, transaction);
  }

  /** The one user of this app who has the verified address; null where nobody has it, or several do. */
  async findByVerifiedEmail(app: App, email: string, transaction?: ClientSession): Promise<StoredUser | null> {
    const options = { limit: 2, maxTimeMS: MAX_TIME_MS, ...(transaction ? { session: transaction } : {}) };
    const filter = { app: app._id, 'identities.verifiedEmail': email };
    const [found, ...others] = await this.users.collection.find(filter as never, options).toArray();
    return found && others.length === 0 ? asUser(found) : null;
  }

  /** Puts another hash in place of `old`; where it was changed meanwhile, nothing is done: false. */
  async replaceSecret(
    app: App,
    id: ObjectId,
    identityId: string,
    old: Buffer,
    sealedSecret: Buffer,
    transaction?: ClientSession,
  ): Promise<boolean> {
    const { matchedCount } = await this.users.collection.updateOne(
      { _id: id, app: app._id, identities: { $elemMatch: { id: identityId, sealedSecret: old } } },
      { $set: { 'identities.$.sealedSecret': sealedSecret } },
      transaction ? { session: transaction } : { maxTimeMS: MAX_TIME_MS },
    );
    return matchedCount > 0;
  }

  /** @returns false where the user has no such identity (any more) */
  async setSecret(
    app: App,
    id: ObjectId,
    identityId: string,
    sealedSecret: Buffer,
    transaction: ClientSession,
  ): Promise<boolean> {
    const { matchedCount } = await this.users.collection.updateOne(
      { _id: id, app: app._id, identities: { $elemMatch: { id: identityId, sealedSecret: { $exists: true } } } },
      { $set: { 'identities.$.sealedSecret': sealedSecret } },
      { session: transaction },
    );
    return matchedCount > 0;
  }

  /**
   * Takes the address that a user logs in with for verified, where it is the only identity.
   *
   * @param key of the identity: where the address was changed meanwhile, nothing is done
   */
  async verifyOnly(app: App, id: ObjectId, key: string, verifiedEmail: string): Promise<void> {
    await this.users.collection.updateOne(
      { _id: id, app: app._id, identities: { $size: 1 }, 'identities.key': key },
      { $set: { 'identities.0.verifiedEmail': verifiedEmail } },
      { maxTimeMS: MAX_TIME_MS },
    );
  }

  /**
   * Writes identities that were read in the same transaction, and what follows from them.
   *
   * @throws AccountNameInUse when one belongs to somebody else
   */
  async replaceIdentities(app: App, id: ObjectId, identities: Identity[], transaction: ClientSession): Promise<void> {
    const $set = { identities, data: dataOf(identities), searchKeys: searchKeysOf(identities) };
    try {
      await this.users.collection.updateOne({ _id: id, app: app._id }, { $set }, { session: transaction });
    } catch (error) {
      throw isDuplicateKey(error) ? new AccountNameInUse() : error;
    }
  }

  /**
   * @param expected the version that must be there now; undefined takes any
   * @returns the new version, or undefined where another one is there
   * @throws UserNotFound
   */
  async setCustomData(
    app: App,
    id: ObjectId,
    customData: Record<string, unknown>,
    expected: number | undefined,
  ): Promise<number | undefined> {
    const version = expected === 0 ? { $exists: false } : expected;
    const filter = { _id: id, app: app._id, ...(version === undefined ? {} : { customDataVersion: version }) };
    const after = await this.users.collection.findOneAndUpdate(
      filter,
      { $set: { customData }, $inc: { customDataVersion: 1 } },
      { returnDocument: 'after', projection: { customDataVersion: 1 }, maxTimeMS: MAX_TIME_MS },
    );
    if (after) return Number(after['customDataVersion']);
    await this.get(app, id);
    return undefined;
  }

  /** Noted within a second, in one command with others: it informs, nothing rests on it. */
  noteLogin(user: User): void {
    const write = { updateOne: { filter: { _id: user._id }, update: { $set: { lastLoginAt: this.clock.now() } } } };
    this.writeBehind.add(this.users.collection, user._id.toHexString(), write);
  }

  async #read(filter: Record<string, unknown>, transaction?: ClientSession): Promise<StoredUser | null> {
    const options = { maxTimeMS: MAX_TIME_MS, ...(transaction ? { session: transaction } : {}) };
    const found = await this.users.collection.findOne(filter as never, options);
    return found ? asUser(found) : null;
  }
}

/** The driver gives stored bytes as Binary. */
export function asUser(found: unknown): StoredUser {
  const user = found as StoredUser;
  for (const identity of user.identities) {
    const secret = identity.sealedSecret as Buffer | Binary | undefined;
    if (secret && !Buffer.isBuffer(secret)) identity.sealedSecret = Buffer.from(secret.buffer);
  }
  return user;
}
