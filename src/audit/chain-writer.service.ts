import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { ClientSession, ObjectId } from 'mongodb';
import type { Model } from 'mongoose';
import { MasterKey } from '../crypto/sealing.js';
import { Database, isDuplicateKey, MAX_TIME_MS } from '../database/database.js';
import { AuditChain } from './audit-chain.model.js';
import { AuditEvent } from './audit-event.model.js';
import { chainSeal, eventHash } from './chain-hash.js';

/** Appends to trails, and takes away what is too old. Both move an end of a trail in one transaction with its entries. */
@Injectable()
export class ChainWriterService {
  constructor(
    @InjectModel(AuditChain.name) private readonly chains: Model<AuditChain>,
    @InjectModel(AuditEvent.name) private readonly events: Model<AuditEvent>,
    private readonly database: Database,
    private readonly masterKey: MasterKey,
  ) {}

  /**
   * @param entries of one trail, in the order in which they happened; `seq`, `previous` and `hash` are given to them here
   * @param again an earlier try failed, and its answer may have been lost: those that are in the trail already are left out
   */
  async append(entries: readonly AuditEvent[], again: boolean): Promise<void> {
    const [sample] = entries;
    if (!sample) return;
    await this.#ensureChain(sample);
    await this.database.transaction((transaction) => this.#appendIn(entries, again, transaction));
  }

  async #appendIn(entries: readonly AuditEvent[], again: boolean, session: ClientSession): Promise<void> {
    const { chain: _id } = entries[0]!;
    // First of all, so that instances which append at once meet here and one of them begins anew.
    const update = { $inc: { seq: entries.length } };
    const head = (await this.chains.collection.findOneAndUpdate({ _id }, update, { session })) as AuditChain | null;
    if (!head) return;
    let { seq, hash } = head;
    const events = again ? await this.#withoutWritten(entries, session) : entries;
    for (const event of events) {
      event.seq = seq += 1;
      event.previous = hash;
      event.hash = hash = eventHash(this.masterKey, event);
    }
    if (events.length > 0) await this.events.collection.insertMany(events, { session });
    await this.chains.collection.updateOne({ _id }, { $set: this.#sealed({ ...head, seq, hash }) }, { session });
  }

  async #withoutWritten(entries: readonly AuditEvent[], session: ClientSession): Promise<AuditEvent[]> {
    const ids = entries.map((entry) => entry._id);
    const options = { projection: { _id: 1 }, session };
    const written = await this.events.collection.find({ _id: { $in: ids } }, options).toArray();
    const known = new Set(written.map((event) => String(event._id)));
    return entries.filter((entry) => !known.has(entry._id.toHexString()));
  }

  /** Takes away the entries from before `until`; what was taken is known by the new beginning of the trail. */
  async prune(chain: ObjectId, until: Date): Promise<void> {
    await this.database.transaction(async (session) => {
      const head = (await this.chains.collection.findOne({ _id: chain }, { session })) as AuditChain | null;
      if (!head) return;
      const oldest = (await this.events.collection.findOne(
        { chain, seq: { $gte: head.first }, at: { $gte: until } },
        { sort: { seq: 1 }, session, maxTimeMS: MAX_TIME_MS },
      )) as AuditEvent | null;
      const first = oldest?.seq ?? head.seq + 1;
      if (first <= head.first) return;
      const firstPrevious = oldest?.previous ?? head.hash;
      const $set = this.#sealed({ ...head, first, firstPrevious });
      await this.chains.collection.updateOne({ _id: chain }, { $set }, { session });
    });
    const head = (await this.chains.collection.findOne({ _id: chain })) as AuditChain | null;
    if (head) await this.#deleteBefore(chain, head.first);
  }

  /** In pieces: a trail may be long. What a crash leaves goes the next time. */
  async #deleteBefore(chain: ObjectId, first: number): Promise<void> {
    const options = { projection: { _id: 1 }, sort: { seq: 1 as const }, limit: 500, maxTimeMS: MAX_TIME_MS };
    for (;;) {
      const old = await this.events.collection.find({ chain, seq: { $lt: first } }, options).toArray();
      if (old.length === 0) return;
      await this.events.collection.deleteMany({ _id: { $in: old.map(({ _id }) => _id) } });
    }
  }

  async #ensureChain({ chain, app }: AuditEvent): Promise<void> {
    const options = { projection: { _id: 1 }, maxTimeMS: MAX_TIME_MS };
    if (await this.chains.collection.findOne({ _id: chain }, options)) return;
    const fresh = this.#sealed({ _id: chain, seq: 0, hash: '', first: 1, firstPrevious: '' });
    try {
      await this.chains.collection.insertOne({ _id: chain, ...(app ? { app } : {}), ...fresh });
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
  }

  #sealed(chain: Omit<AuditChain, 'seal' | 'app'>): Omit<AuditChain, '_id' | 'app'> {
    const { seq, hash, first, firstPrevious } = chain;
    return { seq, hash, first, firstPrevious, seal: chainSeal(this.masterKey, chain) };
  }
}
