import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { ObjectId, type AnyBulkWriteOperation } from 'mongodb';
import type { Model } from 'mongoose';
import { Clock } from '../common/clock.js';
import type { Change, ChangeFeed } from '../database/change-feed.js';
import { isDuplicateKey, MAX_TIME_MS } from '../database/database.js';
import { STREAM_UPDATED, VERIFICATION } from './event-types.js';
import type { SignalStream } from './signal-stream.model.js';
import { Signal } from './signal.model.js';

/** What is to be told in a stream. `name` says what happened: twice the same is told once. */
export interface NewSignal {
  stream: Pick<SignalStream, '_id' | 'app'>;
  name: string;
  type: string;
  subject: Record<string, unknown>;
  payload: Record<string, unknown>;
  at: Date;
}

/** Who does not fetch an event for so long does not get it. */
const WAITING_MS = 7 * 86_400_000;
/** As long as sessions that are over are remembered (`sessions/lifetimes.ts`), so that none is told again. */
const DONE_MS = 26 * 3_600_000;
const AT_ONCE = 500;

/** The events of streams, from the moment they are known until they are delivered. */
@Injectable()
export class SignalsService {
  readonly #listeners: (() => void)[] = [];

  constructor(
    @InjectModel(Signal.name) private readonly signals: Model<Signal>,
    private readonly clock: Clock,
  ) {}

  /** @param listener called when this instance has put something into a stream */
  onNews(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Before the change feed starts. @param listener called when any instance may have */
  onOthersNews(feed: ChangeFeed, listener: () => void): void {
    const changed = ({ kind }: Change): void => {
      if (kind === 'insert') listener();
    };
    feed.listen(this.signals.collection.collectionName, { changed, lost: listener });
  }

  /** Those that are there already are left out. */
  async add(wanted: readonly NewSignal[]): Promise<void> {
    for (let from = 0; from < wanted.length; from += AT_ONCE) {
      const batch = wanted.slice(from, from + AT_ONCE).map((signal) => this.#recordOf(signal));
      try {
        await this.signals.collection.insertMany(batch as never[], { ordered: false });
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
      }
    }
    if (wanted.length > 0) for (const listener of this.#listeners) listener();
  }

  async addVerification(stream: SignalStream, state: string | undefined): Promise<void> {
    await this.#addAboutStream(stream, VERIFICATION, state === undefined ? {} : { state });
  }

  /** It is delivered whatever the status is now. */
  async addStreamUpdated(stream: SignalStream): Promise<void> {
    const { status, reason } = stream;
    await this.#addAboutStream(stream, STREAM_UPDATED, { status, ...(reason === undefined ? {} : { reason }) });
  }

  /** In the order in which things happened. Of a stream that is not enabled only what is about the stream itself. */
  async waitingIn({ _id, status }: SignalStream, limit: number): Promise<Signal[]> {
    const filter = { stream: _id, waiting: true, ...(status === 'enabled' ? {} : { type: STREAM_UPDATED }) };
    const options = { sort: { at: 1, _id: 1 } as const, limit, maxTimeMS: MAX_TIME_MS };
    return (await this.signals.collection.find(filter, options).toArray()) as unknown as Signal[];
  }

  async countWaiting(stream: ObjectId): Promise<number> {
    return this.signals.collection.countDocuments({ stream, waiting: true }, { maxTimeMS: MAX_TIME_MS });
  }

  /** They were delivered, or refused for good: `problems` by `jti`. */
  async finish(stream: ObjectId, jtis: readonly string[], problems: Record<string, string> = {}): Promise<void> {
    const writes = jtis.map((jti): AnyBulkWriteOperation => {
      const problem = Object.hasOwn(problems, jti) ? { problem: problems[jti] } : {};
      const $set = { ...problem, removeAt: new Date(this.clock.now().getTime() + DONE_MS) };
      return { updateOne: { filter: { stream, jti, waiting: true }, update: { $set, $unset: { waiting: 1 } } } };
    });
    for (let from = 0; from < writes.length; from += AT_ONCE) {
      await this.signals.collection.bulkWrite(writes.slice(from, from + AT_ONCE), { ordered: false });
    }
  }

  /** Nobody waits for them any more. They are remembered, so that they do not come back. */
  async drop(stream: ObjectId): Promise<void> {
    const removeAt = new Date(this.clock.now().getTime() + DONE_MS);
    const filter = { stream, waiting: true, type: { $ne: STREAM_UPDATED } };
    await this.signals.collection.updateMany(filter, { $set: { removeAt }, $unset: { waiting: 1 } });
  }

  async remove(stream: ObjectId): Promise<void> {
    await this.signals.collection.deleteMany({ stream });
  }

  async #addAboutStream(stream: SignalStream, type: string, payload: Record<string, unknown>): Promise<void> {
    const subject = { format: 'opaque', id: stream._id.toHexString() };
    const name = new ObjectId().toHexString();
    await this.add([{ stream, name, type, subject, payload, at: this.clock.now() }]);
  }

  #recordOf({ stream, name, type, subject, payload, at }: NewSignal): Signal {
    const _id = `${stream._id.toHexString()}:${name}`;
    const now = this.clock.now();
    return {
      _id,
      app: stream.app,
      stream: stream._id,
      jti: createHash('sha256').update(_id).digest('base64url').slice(0, 32),
      type,
      subject,
      payload,
      at,
      issuedAt: now,
      waiting: true,
      removeAt: new Date(now.getTime() + WAITING_MS),
    };
  }
}
