import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { MongoBulkWriteError, ObjectId, type AnyBulkWriteOperation, type Collection } from 'mongodb';
import type { Model } from 'mongoose';
import { Clock } from '../common/clock.js';
import { groupBy } from '../common/group-by.js';
import { Config } from '../config/config.js';
import { isDuplicateKey, MAX_TIME_MS } from '../database/database.js';
import { COUNTERS, DailyActive, DailyStats, type Counter } from './stats.model.js';

export interface Day extends Record<Counter, number> {
  day: string;
  /** Only where the counts are asked for by provider. */
  provider?: string;
}

interface Pending {
  app: ObjectId;
  day: string;
  provider: string;
  counts: Partial<Record<Counter, number>>;
}

const DELAY_MS = 1_000;
const DAY_MS = 86_400_000;
const MAX_REMEMBERED = 100_000;

/** Counts per app, day and provider, added up in memory and written a second later at most. */
@Injectable()
export class StatsService implements BeforeApplicationShutdown {
  readonly #logger = new Logger(StatsService.name);
  #pending = new Map<string, Pending>();
  /** Marks of active users that wait, and those that this instance made already. */
  #marks = new Map<string, Pending>();
  readonly #marked = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> = Promise.resolve();

  constructor(
    @InjectModel(DailyStats.name) private readonly stats: Model<DailyStats>,
    @InjectModel(DailyActive.name) private readonly active: Model<DailyActive>,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  count(app: ObjectId, provider: string, counter: Exclude<Counter, 'activeUsers'>): void {
    this.#add({ app, day: this.#today(), provider, counts: { [counter]: 1 } });
    this.#later();
  }

  /** May be told many times: a user counts once a day, and once a day with each provider. */
  noteActive(app: ObjectId, provider: string, user: string): void {
    const day = this.#today();
    for (const by of ['', provider]) {
      const key = `${idOf({ app, day, provider: by })}:${user}`;
      if (this.#marked.has(key)) continue;
      if (this.#marked.size >= MAX_REMEMBERED) this.#marked.clear();
      this.#marked.add(key);
      this.#marks.set(key, { app, day, provider: by, counts: {} });
      this.#later();
    }
  }

  /**
   * One record a day on which something happened, oldest first.
   *
   * @param from `yyyy-mm-dd`, and so is `to`; both are in
   */
  async daily(app: ObjectId, range: { from: string; to: string; byProvider: boolean }): Promise<Day[]> {
    await this.flush();
    const filter = { app, day: { $gte: range.from, $lte: range.to } };
    const options = { sort: { day: 1, _id: 1 } as const, maxTimeMS: MAX_TIME_MS };
    const found = (await this.stats.collection.find(filter, options).toArray()) as unknown as DailyStats[];
    if (range.byProvider) return found.filter(({ provider }) => provider !== '').map((one) => dayOf(one, one.provider));
    const days = groupBy(found, ({ day }) => day);
    return [...days.values()].map((records) => {
      const total: DailyStats['counts'] = {};
      for (const { provider, counts } of records) {
        for (const counter of COUNTERS) {
          // Who came in two ways is one active user.
          if ((counter === 'activeUsers') !== (provider === '')) continue;
          total[counter] = (total[counter] ?? 0) + (counts[counter] ?? 0);
        }
      }
      return dayOf({ day: records[0]!.day, counts: total });
    });
  }

  /** Resolves when everything counted before the call is written, or is lost for good: counts only inform. */
  async flush(): Promise<void> {
    this.#flushing = this.#flushing.then(() => this.#write());
    await this.#flushing;
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.flush();
  }

  async #write(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    try {
      await this.#writeMarks();
      const pending = [...this.#pending];
      this.#pending = new Map();
      await writeAll(
        this.stats.collection,
        pending.map(([_id, { app, day, provider, counts }]) => ({
          updateOne: {
            filter: { _id: _id as never },
            update: {
              $inc: Object.fromEntries(Object.entries(counts).map(([name, n]) => [`counts.${name}`, n])),
              $setOnInsert: { app, day, provider, expiresAt: this.#endOf(day, this.config.auditDays) },
            },
            upsert: true,
          },
        })),
      );
    } catch (error) {
      this.#logger.warn(`statistics were lost: ${String(error)}`);
    }
  }

  async #writeMarks(): Promise<void> {
    const marks = [...this.#marks];
    this.#marks = new Map();
    const made = await writeAll(
      this.active.collection,
      marks.map(([_id, { app, day }]) => ({
        updateOne: {
          filter: { _id: _id as never },
          update: { $setOnInsert: { app, expiresAt: this.#endOf(day, 2) } },
          upsert: true,
        },
      })),
    );
    for (const index of made) this.#add({ ...marks[index]![1], counts: { activeUsers: 1 } });
  }

  #add({ counts, ...one }: Pending): void {
    const id = idOf(one);
    const sum = this.#pending.get(id) ?? { ...one, counts: {} };
    this.#pending.set(id, sum);
    for (const [name, n] of Object.entries(counts) as [Counter, number][])
      sum.counts[name] = (sum.counts[name] ?? 0) + n;
  }

  #later(): void {
    this.#timer ??= setTimeout(() => void this.flush(), DELAY_MS).unref();
  }

  #today(): string {
    return this.clock.now().toISOString().slice(0, 10);
  }

  #endOf(day: string, days: number): Date {
    return new Date(Date.parse(day) + (days + 1) * DAY_MS);
  }
}

function idOf({ app, day, provider }: Omit<Pending, 'counts'>): string {
  return `${app.toHexString()}:${day}:${provider}`;
}

function dayOf({ day, counts }: Pick<DailyStats, 'day' | 'counts'>, provider?: string): Day {
  const { signUps = 0, logins = 0, failures = 0, activeUsers = 0 } = counts;
  return { day, ...(provider === undefined ? {} : { provider }), signUps, logins, failures, activeUsers };
}

/**
 * Upserts, each on its own. Two instances that make the same document at once: the loser finds it at the second try.
 *
 * @returns the places of those that made a document
 */
async function writeAll(collection: Collection, writes: AnyBulkWriteOperation[]): Promise<number[]> {
  if (writes.length === 0) return [];
  try {
    const { upsertedIds } = await collection.bulkWrite(writes, { ordered: false });
    return Object.keys(upsertedIds).map(Number);
  } catch (error) {
    if (!(error instanceof MongoBulkWriteError) || !isDuplicateKey(error)) throw error;
    const refused = [error.writeErrors].flat().map(({ index }) => index);
    await collection.bulkWrite(
      refused.map((index) => writes[index]!),
      { ordered: false },
    );
    return Object.keys(error.result.upsertedIds).map(Number);
  }
}
