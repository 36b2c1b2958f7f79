import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { ObjectId, type ClientSession } from 'mongodb';
import type { Model } from 'mongoose';
import { Clock } from '../common/clock.js';
import { isDuplicateKey, MAX_TIME_MS } from '../database/database.js';
import { Group } from './group.model.js';

@Injectable()
export class GroupsService {
  #defaultId: ObjectId | undefined;

  constructor(
    @InjectModel(Group.name) private readonly groups: Model<Group>,
    private readonly clock: Clock,
  ) {}

  /** The group of apps that name none. Made here where it is missing; of two instances at once, the index lets one. */
  async getDefaultId(): Promise<ObjectId> {
    this.#defaultId ??= (await this.#findDefault()) ?? (await this.#makeDefault());
    return this.#defaultId;
  }

  async create(name: string, transaction?: ClientSession): Promise<Group> {
    const group = this.#named(name);
    await this.groups.collection.insertOne(group, transaction ? { session: transaction } : {});
    return group;
  }

  async findById(id: ObjectId): Promise<Group | null> {
    const found = await this.groups.collection.findOne({ _id: id }, { maxTimeMS: MAX_TIME_MS });
    return found as unknown as Group | null;
  }

  /** Oldest first. */
  async listAll(): Promise<Group[]> {
    const options = { maxTimeMS: MAX_TIME_MS, sort: { _id: 1 } } as const;
    return (await this.groups.collection.find({}, options).toArray()) as unknown as Group[];
  }

  /** Those that exist, oldest first. */
  async list(ids: readonly ObjectId[]): Promise<Group[]> {
    const options = { maxTimeMS: MAX_TIME_MS, sort: { _id: 1 } } as const;
    const found = await this.groups.collection.find({ _id: { $in: [...ids] } }, options).toArray();
    return found as unknown as Group[];
  }

  /**
   * Makes changes of a group's owners follow each other: of two transactions that call it at once, one waits or begins
   * again, and sees what the other did.
   *
   * @returns false where there is no such group
   */
  async lockOwners(id: ObjectId, transaction: ClientSession): Promise<boolean> {
    const update = { $inc: { ownersVersion: 1 } };
    const { matchedCount } = await this.groups.collection.updateOne({ _id: id }, update, { session: transaction });
    return matchedCount > 0;
  }

  async #findDefault(): Promise<ObjectId | undefined> {
    const options = { maxTimeMS: MAX_TIME_MS, projection: { _id: 1 } };
    const found = await this.groups.collection.findOne({ isDefault: true }, options);
    return found?._id;
  }

  async #makeDefault(): Promise<ObjectId> {
    const group: Group = { ...this.#named('default'), isDefault: true };
    try {
      await this.groups.collection.insertOne(group);
      return group._id;
    } catch (error) {
      const winner = isDuplicateKey(error) ? await this.#findDefault() : undefined;
      if (!winner) throw error;
      return winner;
    }
  }

  #named(name: string): Group {
    return { _id: new ObjectId(), name, ownersVersion: 0, createdAt: this.clock.now() };
  }
}
