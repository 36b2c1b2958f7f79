import { randomBytes, randomInt } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { ObjectId } from 'mongodb';
import type { Model } from 'mongoose';
import { Clock } from '../../common/clock.js';
import { equalSecrets, sha256 } from '../../crypto/tokens.js';
import { bytesOf } from '../../database/bytes.js';
import { MAX_TIME_MS } from '../../database/database.js';
import { AdminKeyNotFound, RoleTooWeak } from './admin-auth.errors.js';
import type { AdminCaller } from './admin-caller.js';
import { AdminKey } from './admin-key.model.js';
import { isAtLeast, type Role } from './roles.js';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const PUBLIC_LETTERS = 8;

/** The key pairs that programs log in with. */
@Injectable()
export class AdminKeysService {
  constructor(
    @InjectModel(AdminKey.name) private readonly keys: Model<AdminKey>,
    private readonly clock: Clock,
  ) {}

  async list(group: ObjectId): Promise<AdminKey[]> {
    const options = { maxTimeMS: MAX_TIME_MS, sort: { _id: 1 }, projection: { privateKeyHash: 0 } } as const;
    return (await this.keys.collection.find({ group }, options).toArray()) as unknown as AdminKey[];
  }

  /**
   * @returns the key, and its private part, which is never seen again
   * @throws RoleTooWeak where it would be stronger than who makes it
   */
  async create(
    group: ObjectId,
    caller: AdminCaller,
    wanted: { name: string; role: Role },
  ): Promise<{ key: AdminKey; privateKey: string }> {
    refuseStronger(caller, group, wanted.role);
    const privateKey = makePrivateKey();
    const key: AdminKey = {
      _id: new ObjectId(),
      group,
      name: wanted.name,
      role: wanted.role,
      publicKey: Array.from({ length: PUBLIC_LETTERS }, () => LETTERS[randomInt(LETTERS.length)]).join(''),
      privateKeyHash: sha256(privateKey),
      createdBy: caller.id,
      createdAt: this.clock.now(),
    };
    await this.keys.collection.insertOne(key);
    return { key, privateKey };
  }

  /** Its sessions end with it. @throws AdminKeyNotFound, RoleTooWeak for a key that is stronger than the caller */
  async delete(group: ObjectId, caller: AdminCaller, id: ObjectId): Promise<void> {
    const found = await this.keys.collection.findOne({ _id: id, group }, { maxTimeMS: MAX_TIME_MS });
    if (!found) throw new AdminKeyNotFound();
    refuseStronger(caller, group, (found as unknown as AdminKey).role);
    const { deletedCount } = await this.keys.collection.deleteOne({ _id: id, group }, { maxTimeMS: MAX_TIME_MS });
    if (deletedCount === 0) throw new AdminKeyNotFound();
  }

  async findByPair(publicKey: string, privateKey: string): Promise<AdminKey | null> {
    const key = await this.#findOne({ publicKey });
    return key && equalSecrets(bytesOf(key.privateKeyHash), sha256(privateKey)) ? key : null;
  }

  async findByPrivateKey(privateKey: string): Promise<AdminKey | null> {
    return this.#findOne({ privateKeyHash: sha256(privateKey) });
  }

  async #findOne(filter: { publicKey: string } | { privateKeyHash: Buffer }): Promise<AdminKey | null> {
    return (await this.keys.collection.findOne(filter, { maxTimeMS: MAX_TIME_MS })) as unknown as AdminKey | null;
  }
}

/** @throws RoleTooWeak where `role` is above the caller's own in this group */
export function refuseStronger(caller: AdminCaller, group: ObjectId, role: Role): void {
  const own = caller.roleIn(group);
  if (!own || !isAtLeast(own, role)) throw new RoleTooWeak(role);
}

/** 128 random bits, grouped as the original's keys were: tools show the last group only. */
function makePrivateKey(): string {
  return randomBytes(16)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
