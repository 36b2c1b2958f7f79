import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { ObjectId } from 'mongodb';
import type { Model } from 'mongoose';
import { MasterKey } from '../crypto/sealing.js';
import { AuditChain } from './audit-chain.model.js';
import { AuditEvent } from './audit-event.model.js';
import { chainSeal, eventHash, isPersonalHash } from './chain-hash.js';

export interface Problem {
  kind: 'missing' | 'changed' | 'inserted' | 'end_changed' | 'end_missing';
  /** Entries, by their numbers. */
  from?: number;
  to?: number;
}

export interface Verdict {
  /** How many entries were looked at. */
  entries: number;
  /** Of these, how many had names and addresses taken out because their user is gone. */
  erased: number;
  /** The newest: whoever notes both elsewhere will see a trail that was put back to an earlier state. */
  seq: number;
  hash: string;
  problems: Problem[];
}

/** Walks a trail and says what does not fit. Beside running servers too: they only append, and take away the oldest. */
@Injectable()
export class VerifyService {
  constructor(
    @InjectModel(AuditChain.name) private readonly chains: Model<AuditChain>,
    @InjectModel(AuditEvent.name) private readonly events: Model<AuditEvent>,
    private readonly masterKey: MasterKey,
  ) {}

  async verify(chain: ObjectId): Promise<Verdict> {
    for (;;) {
      const head = await this.#head(chain);
      const verdict = head ? await this.#walk(head) : await this.#withoutHead(chain);
      // What was pruned meanwhile is not missing.
      const now = verdict.problems.length > 0 ? await this.#head(chain) : head;
      if (now?.first === head?.first && (head !== null || now === null)) return verdict;
    }
  }

  async #walk(head: AuditChain): Promise<Verdict> {
    const { _id: chain, seq, hash, first } = head;
    const problems: Problem[] = [];
    if (chainSeal(this.masterKey, head) !== head.seal) problems.push({ kind: 'end_changed' });
    let [expected, previous, entries, erased] = [first, head.firstPrevious as string | undefined, 0, 0];
    const filter = { chain, seq: { $gte: first, $lte: seq } };
    for await (const found of this.events.collection.find(filter, { sort: { seq: 1 }, batchSize: 500 })) {
      const event = found as unknown as AuditEvent;
      if (event.seq > expected) {
        problems.push({ kind: 'missing', from: expected, to: event.seq - 1 });
        previous = undefined;
      }
      const isRight = (previous === undefined || event.previous === previous) && this.#isIntact(event);
      if (!isRight) problems.push({ kind: 'changed', from: event.seq, to: event.seq });
      entries += 1;
      if (!event.personal) erased += 1;
      expected = event.seq + 1;
      // What follows a changed entry is not to blame.
      previous = isRight ? event.hash : undefined;
    }
    if (expected <= seq) problems.push({ kind: 'missing', from: expected, to: seq });
    else if (previous !== undefined && previous !== hash) problems.push({ kind: 'end_changed' });
    const beyond = await this.#beyondEnd(chain);
    if (beyond) problems.push(beyond);
    return { entries, erased, seq, hash, problems };
  }

  #isIntact(event: AuditEvent): boolean {
    try {
      const { personal } = event;
      if (personal && !isPersonalHash(this.masterKey, personal, event.personalHash)) return false;
      return eventHash(this.masterKey, event) === event.hash;
    } catch {
      // A field of another type than we ever wrote.
      return false;
    }
  }

  /** The newest entry is read first: an end that was moved in between cannot lie before it. */
  async #beyondEnd(chain: ObjectId): Promise<Problem | undefined> {
    const newest = await this.events.collection.findOne({ chain }, { sort: { seq: -1 }, projection: { seq: 1 } });
    const head = await this.#head(chain);
    if (!newest || !head || Number(newest['seq']) <= head.seq) return undefined;
    return { kind: 'inserted', from: head.seq + 1, to: Number(newest['seq']) };
  }

  async #withoutHead(chain: ObjectId): Promise<Verdict> {
    const found = await this.events.collection.findOne({ chain }, { projection: { _id: 1 } });
    return { entries: 0, erased: 0, seq: 0, hash: '', problems: found ? [{ kind: 'end_missing' }] : [] };
  }

  async #head(chain: ObjectId): Promise<AuditChain | null> {
    return (await this.chains.collection.findOne({ _id: chain })) as AuditChain | null;
  }
}
