import { randomUUID } from 'node:crypto';
import { toUSVString } from 'node:util';
import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { ObjectId, type Document, type Sort } from 'mongodb';
import type { Model } from 'mongoose';
import { Clock } from '../common/clock.js';
import { groupBy } from '../common/group-by.js';
import { MAX_TIME_MS } from '../database/database.js';
import { InvalidParameter } from '../errors/errors.js';
import { AuditEvent, type Personal } from './audit-event.model.js';
import { personalHash } from './chain-hash.js';
import { ChainWriterService } from './chain-writer.service.js';
import { LOST, type NewAuditEvent } from './event-types.js';

/** Which entries of a trail, newest first. */
export interface AuditQuery {
  /** The app or the group whose trail it is. */
  chain: ObjectId;
  /** The id of the last entry of the page before. */
  after?: ObjectId | undefined;
  limit: number;
  type?: string | undefined;
  user?: string | undefined;
  /** The id of whoever did it. */
  actor?: string | undefined;
  outcome?: 'success' | 'failure' | undefined;
  /** The first is left out, the second is in. */
  from?: Date | undefined;
  to?: Date | undefined;
  skip?: number | undefined;
  id?: ObjectId | undefined;
  actorKinds?: readonly string[] | undefined;
  /** By the moment instead of the number: instances write a second later at most, so that these may differ a little. */
  byDate?: boolean;
}

const DELAY_MS = 1_000;
const AT_ONCE = 500;
/** Beyond this, while the database is away, entries are counted, and the count is the next entry. */
const MAX_WAITING = 50_000;
const MAX_TEXT = 256;

/**
 * The audit trail. `record` returns at once: entries are written a second later at most, in one step per trail, and at the end
 * by whoever closes the application.
 */
@Injectable()
export class AuditService implements BeforeApplicationShutdown {
  readonly #logger = new Logger(AuditService.name);
  #waiting: AuditEvent[] = [];
  readonly #lost = new Map<string, NewAuditEvent['where']>();
  #lostCount = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Of what is waiting, some was tried to be written already. */
  #again = false;
  #flushing: Promise<void> = Promise.resolve();

  constructor(
    @InjectModel(AuditEvent.name) private readonly events: Model<AuditEvent>,
    private readonly writer: ChainWriterService,
    private readonly clock: Clock,
  ) {}

  /** Never throws: what is recorded has happened already. */
  record(event: NewAuditEvent): void {
    this.recordIn(event.where, event);
  }

  recordIn(where: NewAuditEvent['where'], event: Omit<NewAuditEvent, 'where'>): void {
    if (this.#waiting.length >= MAX_WAITING) {
      this.#lostCount += 1;
      this.#lost.set(JSON.stringify(where), where);
      return;
    }
    this.#waiting.push(this.#entryOf(where, event));
    if (this.#waiting.length === AT_ONCE) void this.#tryFlush();
    else this.#later();
  }

  /** Something odd about a session: a refresh token that was used twice, from elsewhere. @param reason a fixed word or two */
  recordSuspiciousSession(event: {
    app: ObjectId;
    user: string;
    sessionId: string;
    reason: string;
    ip?: string | undefined;
    userAgent?: string | undefined;
  }): void {
    const { app, user, sessionId, reason, ip, userAgent } = event;
    this.record({
      where: { app: app.toHexString() },
      type: 'session.suspicious',
      outcome: 'failure',
      actor: { kind: 'anonymous' },
      user,
      ip,
      userAgent,
      details: { session_id: sessionId, reason },
    });
  }

  /** Resolves when everything recorded before the call is written. @throws what the database throws; nothing is lost by it */
  async flush(): Promise<void> {
    const flushing = this.#flushing.then(() => this.#writeWaiting());
    this.#flushing = flushing.catch(() => {});
    await flushing;
  }

  async beforeApplicationShutdown(): Promise<void> {
    try {
      await this.flush();
    } catch (error) {
      this.#logger.error(`${this.#waiting.length} audit entries could not be written: ${String(error)}`);
    }
    clearTimeout(this.#timer);
  }

  /** @throws InvalidParameter for an `after` that is not in the trail */
  async list(query: AuditQuery): Promise<AuditEvent[]> {
    await this.#tryFlush();
    const { limit, skip = 0 } = query;
    const filter = await this.#filterOf(query);
    const options = {
      sort: (query.byDate ? { at: -1, seq: -1 } : { seq: -1 }) as Sort,
      limit,
      skip,
      maxTimeMS: MAX_TIME_MS,
    };
    return (await this.events.collection.find(filter, options).toArray()) as unknown as AuditEvent[];
  }

  /** The same, read from the store as fast as it is taken. A `limit` of 0 is none. @throws as `list` does, before the first */
  async all(query: AuditQuery): Promise<AsyncIterable<AuditEvent>> {
    await this.#tryFlush();
    const filter = await this.#filterOf(query);
    const options = { sort: { seq: -1 } as const, limit: query.limit, batchSize: 500 };
    return this.events.collection.find(filter, options) as unknown as AsyncIterable<AuditEvent>;
  }

  /**
   * Takes names and addresses out of what a user did who is gone, and out of failed logins to its account. Administrators
   * stay answerable for what they did to it. The trail still verifies.
   */
  async erase(app: ObjectId, user: string, identities: readonly string[]): Promise<void> {
    await this.flush();
    const options = { maxTimeMS: MAX_TIME_MS };
    const $unset = { personal: 1 as const };
    await this.events.collection.updateMany(
      { chain: app, user, 'actor.kind': { $in: ['user', 'anonymous'] } },
      { $unset },
      options,
    );
    // Of the indexes that fit, another leads through the whole trail.
    const few = { ...options, hint: 'identity_1' };
    await this.events.collection.updateMany({ identity: { $in: identities }, chain: app }, { $unset }, few);
  }

  async #filterOf(query: AuditQuery): Promise<Document> {
    const { chain, after, id, actorKinds, type, user, actor, outcome, from, to } = query;
    const filter: Document = { chain };
    if (id !== undefined) filter['_id'] = id;
    if (actorKinds !== undefined) filter['actor.kind'] = { $in: actorKinds };
    if (type !== undefined) filter['type'] = type;
    if (user !== undefined) filter['user'] = user;
    if (actor !== undefined) filter['actor.id'] = actor;
    if (outcome !== undefined) filter['outcome'] = outcome;
    if (from !== undefined || to !== undefined)
      filter['at'] = { ...(from ? { $gt: from } : {}), ...(to ? { $lte: to } : {}) };
    if (after !== undefined) {
      const last = await this.events.collection.findOne({ _id: after, chain }, { projection: { seq: 1 } });
      if (!last) throw new InvalidParameter("'after' is no entry of this trail");
      filter['seq'] = { $lt: Number(last['seq']) };
    }
    return filter;
  }

  #later(): void {
    this.#timer ??= setTimeout(() => void this.#tryFlush(), DELAY_MS).unref();
  }

  async #tryFlush(): Promise<void> {
    try {
      await this.flush();
    } catch (error) {
      this.#logger.warn(`audit entries wait for the database: ${String(error)}`);
    }
  }

  async #writeWaiting(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    const failures: unknown[] = [];
    const kept: AuditEvent[] = [];
    for (const entries of groupBy(waiting, ({ chain }) => chain.toHexString()).values()) {
      for (let at = 0; at < entries.length; at += AT_ONCE) {
        try {
          await this.writer.append(entries.slice(at, at + AT_ONCE), this.#again);
        } catch (error) {
          failures.push(error);
          kept.push(...entries.slice(at));
          break;
        }
      }
    }
    this.#again = failures.length > 0;
    if (!this.#again) return this.#tellOfLost();
    this.#waiting = [...kept, ...this.#waiting];
    this.#later();
    throw failures[0];
  }

  #tellOfLost(): void {
    const [count, trails] = [this.#lostCount, [...this.#lost.values()]];
    this.#lostCount = 0;
    this.#lost.clear();
    for (const where of trails) {
      const details = { count_in_all_trails: String(count) };
      this.record({ where, type: LOST, outcome: 'failure', actor: { kind: 'system' }, details });
    }
  }

  /** Its place in the trail is given to it when it is written. */
  #entryOf(where: NewAuditEvent['where'], event: Omit<NewAuditEvent, 'where'>): AuditEvent {
    const { type, outcome, actor } = event;
    const chain = ObjectId.createFromHexString('app' in where ? where.app : where.group);
    const personal: Personal = { salt: randomUUID() };
    give(personal, 'name', actor.name);
    give(personal, 'ip', event.ip);
    give(personal, 'userAgent', event.userAgent);
    const entry: AuditEvent = {
      _id: new ObjectId(),
      chain,
      seq: 0,
      at: this.clock.now(),
      type,
      outcome,
      actor: actor.id === undefined ? { kind: actor.kind } : { kind: actor.kind, id: cut(actor.id) },
      personal,
      personalHash: personalHash(personal),
      previous: '',
      hash: '',
    };
    if ('app' in where) entry.app = chain;
    give(entry, 'errorCode', event.errorCode);
    give(entry, 'user', event.user);
    give(entry, 'identity', event.identity);
    give(entry, 'provider', event.provider);
    const details = Object.entries(event.details ?? {});
    if (details.length > 0) entry.details = Object.fromEntries(details.map(([key, value]) => [key, cut(value)]));
    return entry;
  }
}

function give<K extends string>(to: { [P in K]?: string }, key: K, value: string | undefined): void {
  if (value !== undefined) to[key] = cut(value);
}

/** As the database will give it back, or its hash would not fit. */
function cut(value: string): string {
  return toUSVString(value.slice(0, MAX_TEXT));
}
