import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { ObjectId } from 'mongodb';
import type { Model } from 'mongoose';
import type { App } from '../apps/app.model.js';
import { Clock } from '../common/clock.js';
import { isDuplicateKey, MAX_TIME_MS } from '../database/database.js';
import { InvalidParameter } from '../errors/errors.js';
import { isOutboundUrl } from '../outbound/outbound-url.js';
import { FunctionRecord } from './function.model.js';
import { FunctionDuplicateName, FunctionNotFound } from './functions.errors.js';

export interface WantedFunction {
  name: string;
  webhookUrl?: string | undefined;
  secret?: string | undefined;
  rest: Record<string, unknown>;
}

const MOST = 1_000;
const NAME = /^[A-Za-z_$][\w$./-]{0,127}$/;

/** The records of functions; FunctionsService calls them. */
@Injectable()
export class FunctionRecordsService {
  constructor(
    @InjectModel(FunctionRecord.name) private readonly functions: Model<FunctionRecord>,
    private readonly clock: Clock,
  ) {}

  /** Oldest first. */
  async list(app: App): Promise<FunctionRecord[]> {
    const options = { sort: { name: 1 }, limit: MOST, maxTimeMS: MAX_TIME_MS } as const;
    return (await this.functions.collection.find({ app: app._id }, options).toArray()) as unknown as FunctionRecord[];
  }

  /** @throws FunctionNotFound */
  async get(app: App, id: ObjectId): Promise<FunctionRecord> {
    const found = await this.#findOne({ _id: id, app: app._id });
    if (!found) throw new FunctionNotFound();
    return found;
  }

  /** By its name, or where none is given or known, by its id. */
  async findBy(
    app: App,
    { name, id }: { name?: string | null | undefined; id?: string | null | undefined },
  ): Promise<FunctionRecord | null> {
    const byName = name ? await this.#findOne({ app: app._id, name }) : null;
    if (byName || !id || !ObjectId.isValid(id)) return byName;
    return this.#findOne({ app: app._id, _id: ObjectId.createFromHexString(id) });
  }

  /** @throws InvalidParameter, FunctionDuplicateName */
  async create(app: App, wanted: WantedFunction): Promise<FunctionRecord> {
    const now = this.clock.now();
    const record = { _id: new ObjectId(), app: app._id, ...checked(wanted), createdAt: now, modifiedAt: now };
    await translated(wanted.name, () => this.functions.collection.insertOne(record));
    return record;
  }

  /** Puts another one in its place. @throws InvalidParameter, FunctionNotFound, FunctionDuplicateName */
  async replace(app: App, id: ObjectId, wanted: WantedFunction): Promise<void> {
    const { createdAt } = await this.get(app, id);
    const record = { app: app._id, ...checked(wanted), createdAt, modifiedAt: this.clock.now() };
    const filter = { _id: id, app: app._id };
    const { matchedCount } = await translated(wanted.name, () =>
      this.functions.collection.replaceOne(filter, record, { maxTimeMS: MAX_TIME_MS }),
    );
    if (matchedCount === 0) throw new FunctionNotFound();
  }

  /** @throws FunctionNotFound */
  async delete(app: App, id: ObjectId): Promise<void> {
    const { deletedCount } = await this.functions.collection.deleteOne({ _id: id, app: app._id });
    if (deletedCount === 0) throw new FunctionNotFound();
  }

  async #findOne(filter: object): Promise<FunctionRecord | null> {
    const found = await this.functions.collection.findOne(filter, { maxTimeMS: MAX_TIME_MS });
    return found as unknown as FunctionRecord | null;
  }
}

function checked({ name, webhookUrl, secret, rest }: WantedFunction): Omit<WantedFunction, 'webhookUrl' | 'secret'> & {
  webhookUrl?: string;
  secret?: string;
} {
  if (!NAME.test(name))
    throw new InvalidParameter("'name' of a function must be an identifier of at most 128 characters");
  if (webhookUrl !== undefined && !isOutboundUrl(webhookUrl)) {
    throw new InvalidParameter("'webhook_url' must be an https URL (http only to this machine)");
  }
  return {
    name,
    rest,
    ...(webhookUrl === undefined ? {} : { webhookUrl }),
    ...(secret === undefined ? {} : { secret }),
  };
}

async function translated<T>(name: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    throw isDuplicateKey(error) ? new FunctionDuplicateName(name) : error;
  }
}
