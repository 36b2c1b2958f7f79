import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { ObjectId } from 'mongodb';
import type { Model } from 'mongoose';
import type { App } from '../../../apps/app.model.js';
import { isDuplicateKey, MAX_TIME_MS } from '../../../database/database.js';
import { BadRequest, InvalidParameter, NotFound } from '../../../errors/errors.js';
import { KeptRecord, type KeptKind } from './kept-record.model.js';

const MAX_NAME = 128;
const MOST = 200;

/** Names and ids of data sources and values. Nothing of their content is kept: values may be secrets. */
@Injectable()
export class KeptRecordsService {
  constructor(@InjectModel(KeptRecord.name) private readonly records: Model<KeptRecord>) {}

  async list(app: App, kind: KeptKind): Promise<KeptRecord[]> {
    const options = { sort: { _id: 1 }, limit: MOST, maxTimeMS: MAX_TIME_MS } as const;
    return (await this.records.collection.find({ app: app._id, kind }, options).toArray()) as unknown as KeptRecord[];
  }

  /** @throws NotFound */
  async get(app: App, kind: KeptKind, id: ObjectId): Promise<KeptRecord> {
    const found = await this.records.collection.findOne({ _id: id, app: app._id, kind }, { maxTimeMS: MAX_TIME_MS });
    if (!found) throw new NotFound();
    return found as unknown as KeptRecord;
  }

  /** @throws InvalidParameter, BadRequest */
  async create(app: App, kind: KeptKind, { name, type }: { name: unknown; type: unknown }): Promise<KeptRecord> {
    if (typeof name !== 'string' || name === '' || name.length > MAX_NAME) {
      throw new InvalidParameter(`'name' must be a string of 1 to ${MAX_NAME} characters`);
    }
    const known = typeof type === 'string' ? { type: type.slice(0, MAX_NAME) } : {};
    const record: KeptRecord = { _id: new ObjectId(), app: app._id, kind, name, ...known };
    try {
      await this.records.collection.insertOne(record);
    } catch (error) {
      throw isDuplicateKey(error) ? new BadRequest(`a ${kind} named '${name}' exists already`) : error;
    }
    return record;
  }

  /** @throws NotFound */
  async delete(app: App, kind: KeptKind, id: ObjectId): Promise<void> {
    const { deletedCount } = await this.records.collection.deleteOne({ _id: id, app: app._id, kind });
    if (deletedCount === 0) throw new NotFound();
  }
}
