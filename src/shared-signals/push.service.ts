import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { ObjectId } from 'mongodb';
import type { Model } from 'mongoose';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServerKeysService } from '../accounts/server-keys.service.js';
import type { App } from '../apps/app.model.js';
import { AppsService } from '../apps/apps.service.js';
import { Clock } from '../common/clock.js';
import { ChangeFeed } from '../database/change-feed.js';
import { MAX_TIME_MS } from '../database/database.js';
import { OutboundFailed } from '../outbound/outbound.errors.js';
import { Outbound, type OutboundAnswer } from '../outbound/outbound.js';
import { PUSH } from './event-types.js';
import { SetSigner } from './set-signer.service.js';
import { SignalStream } from './signal-stream.model.js';
import type { Signal } from './signal.model.js';
import { SignalsService } from './signals.service.js';
import { StreamsService } from './streams.service.js';

const LIMITS = { timeoutMs: 5_000, maxBytes: 64 * 1_024 };
/** Longer than a push takes. A stream whose pusher died waits that long. */
const LEASE_MS = 30_000;
const LOOK_EVERY_MS = 5_000;
const BATCH = 50;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 300_000;
const GOODBYE_MS = 3_000;
const ERROR_WORD = /^[A-Za-z0-9_.:-]{1,64}$/;

/** Why a push did not work. `final`: the receiver does not want this event, now or later (RFC 8935 §2.4). */
interface Failure {
  problem: string;
  final: boolean;
}

/**
 * Push-based delivery (RFC 8935): one event after the other in each stream, in order, by one instance at a time. An event that
 * was not taken is tried again after a pause that grows, until it is a week old. A crash between delivery and its note
 * pushes an event twice, with the same `jti`.
 */
@Injectable()
export class PushService implements BeforeApplicationShutdown {
  readonly #logger = new Logger(PushService.name);
  readonly #retries = new Set<NodeJS.Timeout>();
  /** Streams that this instance is at, each apart from the others: a receiver that is slow keeps nobody else. */
  readonly #running = new Map<string, { again: boolean; ended: Promise<void> }>();
  #timer: NodeJS.Timeout | undefined;
  #isStarted = false;

  constructor(
    @InjectModel(SignalStream.name) private readonly records: Model<SignalStream>,
    private readonly streams: StreamsService,
    private readonly signals: SignalsService,
    private readonly signer: SetSigner,
    private readonly keys: ServerKeysService,
    private readonly apps: AppsService,
    private readonly outbound: Outbound,
    private readonly clock: Clock,
    feed: ChangeFeed,
  ) {
    signals.onNews(() => this.#wake());
    signals.onOthersNews(feed, () => this.#wake());
  }

  /** To be called when the server starts. */
  start(): void {
    this.#isStarted = true;
    this.#timer = setInterval(() => this.#wake(), LOOK_EVERY_MS).unref();
    this.#wake();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#isStarted = false;
    clearInterval(this.#timer);
    for (const retry of this.#retries) clearTimeout(retry);
    const ended = Promise.all([...this.#running.values()].map((running) => running.ended));
    await Promise.race([ended, sleep(GOODBYE_MS, undefined, { ref: false })]);
  }

  #wake(): void {
    if (!this.#isStarted) return;
    void this.#logged(async () => {
      for (const stream of await this.streams.listAll()) if (stream.method === PUSH) this.#start(stream);
    });
  }

  #start(stream: SignalStream): void {
    const id = stream._id.toHexString();
    const known = this.#running.get(id);
    if (known) {
      known.again = true;
      return;
    }
    const running = { again: false, ended: Promise.resolve() };
    this.#running.set(id, running);
    running.ended = this.#logged(async () => {
      try {
        do {
          running.again = false;
          await this.#pushAll(stream);
        } while (running.again && this.#isStarted);
      } finally {
        this.#running.delete(id);
      }
    });
  }

  /** The database is away: what waits is looked at again in a while. */
  async #logged(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#logger.warn(`events wait: ${String(error)}`);
    }
  }

  /** Everything that waits in a stream, unless another instance is at it, or a pause is not over. */
  async #pushAll(known: SignalStream): Promise<void> {
    if ((await this.signals.waitingIn(known, 1)).length === 0) return;
    const { _id } = known;
    const lease = new ObjectId();
    for (;;) {
      const stream = await this.#lease(_id, lease);
      if (!stream) return;
      const app = await this.apps.findById(stream.app);
      const isActive = app !== null && (await this.keys.isActive(app, stream.receiver));
      const waiting = isActive ? await this.signals.waitingIn(stream, BATCH) : [];
      const goesOn = isActive && waiting.length > 0 && (await this.#pushBatch(app, stream, waiting, lease));
      if (goesOn) continue;
      await this.#release(_id, lease);
      return;
    }
  }

  /** @returns false where the stream has to pause, or is not ours any more */
  async #pushBatch(app: App, stream: SignalStream, waiting: readonly Signal[], lease: ObjectId): Promise<boolean> {
    for (const signal of waiting) {
      if (!this.#isStarted) return false;
      const failure = await this.#push(app, stream, signal);
      if (failure && !failure.final) {
        await this.#pause(stream, lease, failure.problem);
        return false;
      }
      if (failure) this.#logger.warn(`stream ${stream._id.toHexString()}: an event was refused (${failure.problem})`);
      await this.signals.finish(stream._id, [signal.jti], failure ? { [signal.jti]: failure.problem } : {});
      // Also while the lease is good: whoever paused or deleted the stream meant now.
      const next = await this.#lease(stream._id, lease);
      if (next?.failures) await this.#recovered(stream._id);
      if (next?.status !== stream.status) return next !== null;
    }
    return true;
  }

  async #recovered(_id: ObjectId): Promise<void> {
    const update = { $unset: { failures: 1, problem: 1, retryAt: 1 } } as const;
    await this.records.collection.updateOne({ _id }, update, { maxTimeMS: MAX_TIME_MS });
  }

  async #push(app: App, stream: SignalStream, signal: Signal): Promise<Failure | undefined> {
    const authorization = this.streams.authorizationOf(stream);
    const headers = {
      'content-type': 'application/secevent+jwt',
      accept: 'application/json',
      ...(authorization === undefined ? {} : { authorization }),
    };
    const body = await this.signer.sign(app, stream, signal);
    try {
      return failureIn(
        await this.outbound.request(stream.endpointUrl ?? '', { method: 'POST', headers, body, ...LIMITS }),
      );
    } catch (error) {
      if (error instanceof OutboundFailed) return { problem: error.reason, final: false };
      throw error;
    }
  }

  async #lease(_id: ObjectId, lease: ObjectId): Promise<SignalStream | null> {
    const now = this.clock.now();
    const filter = {
      _id,
      method: PUSH,
      $and: [
        { $or: [{ lease }, { lease: { $exists: false } }, { leaseEndsAt: { $lte: now } }] },
        { $or: [{ retryAt: { $exists: false } }, { retryAt: { $lte: now } }] },
      ],
    };
    const update = { $set: { lease, leaseEndsAt: new Date(now.getTime() + LEASE_MS) } };
    const options = { returnDocument: 'after', maxTimeMS: MAX_TIME_MS } as const;
    return (await this.records.collection.findOneAndUpdate(filter, update, options)) as unknown as SignalStream | null;
  }

  async #release(_id: ObjectId, lease: ObjectId): Promise<void> {
    const update = { $unset: { lease: 1, leaseEndsAt: 1 } } as const;
    await this.records.collection.updateOne({ _id, lease }, update, { maxTimeMS: MAX_TIME_MS });
  }

  async #pause({ _id, failures = 0 }: SignalStream, lease: ObjectId, problem: string): Promise<void> {
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures, 10));
    const retryAt = new Date(this.clock.now().getTime() + pause);
    this.#logger.warn(`stream ${_id.toHexString()}: a push did not work (try ${failures + 1}): ${problem}`);
    const update = { $set: { failures: failures + 1, problem, retryAt } };
    await this.records.collection.updateOne({ _id, lease }, update, { maxTimeMS: MAX_TIME_MS });
    const retry = setTimeout(() => {
      this.#retries.delete(retry);
      this.#wake();
    }, pause + 10).unref();
    this.#retries.add(retry);
  }
}

/** RFC 8935 §2.2: 202 and nothing else; other successes are taken as what they are. §2.3 and §2.4: 400 says what is wrong with the event. */
function failureIn({ status, body }: OutboundAnswer): Failure | undefined {
  if (status >= 200 && status < 300) return undefined;
  const word = status === 400 ? errorIn(body) : undefined;
  const problem = word === undefined ? `it answered with status ${status}` : `it answered ${word}`;
  // Credentials and keys may be put right; what is wrong with the event itself will not.
  return {
    problem,
    final: word !== undefined && !['authentication_failed', 'access_denied', 'invalid_key'].includes(word),
  };
}

function errorIn(body: Buffer): string | undefined {
  try {
    const answer: unknown = JSON.parse(body.toString('utf8'));
    const err = typeof answer === 'object' && answer !== null && 'err' in answer ? answer.err : undefined;
    return typeof err === 'string' && ERROR_WORD.test(err) ? err : undefined;
  } catch {
    return undefined;
  }
}
