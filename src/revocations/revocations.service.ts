import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ObjectId } from 'mongodb';
import { longestAccessTokenSeconds, type App } from '../apps/app.model.js';
import { Clock } from '../common/clock.js';
import { ChangeFeed, type Change } from '../database/change-feed.js';
import { ServiceUnavailable } from '../errors/errors.js';
import { AppRevocations, type Kept } from './app-revocations.js';
import { RevocationReader, type StoredRevocation } from './revocation-reader.js';

/** The longest life of an access token, and of what an instance that was cut off made a moment too late. */
const LONGEST_SECONDS = 86_400;
const SLACK_SECONDS = 60;
/** What was told and is not yet read makes the feed too old to be believed. */
const PATIENCE_MS = 1_000;
const RETRY_MS = 250;
/** Whoever asks first waits so long for what was revoked in the last day. */
const LOAD_PATIENCE_MS = 5_000;
const PRUNE_EVERY_MS = 60_000;

interface Told {
  collection: string;
  id: ObjectId;
  at: bigint;
  heardAt: number;
}

/**
 * Every instance draws the same feed out of the changes of sessions and users, ordered by the database's own time; so a
 * client may go from one instance to another. It is read from the database when somebody first wants it, and after a gap, and
 * told anew to whoever knows less: an instance that nobody asks pays nothing for it.
 */
@Injectable()
export class RevocationsService implements BeforeApplicationShutdown {
  readonly #logger = new Logger(RevocationsService.name);
  readonly #apps = new Map<string, AppRevocations>();
  #told: Told[] = [];
  /** Up to here the changes that were told are complete. */
  #settled = 0n;
  #newest = 0n;
  #base = 0n;
  #isWanted = false;
  #isLoaded = false;
  readonly #waiting = new Set<() => void>();
  #gaps = 0;
  #isWorking = false;
  #isStopped = false;
  #prunedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly feed: ChangeFeed,
    private readonly reader: RevocationReader,
    private readonly clock: Clock,
  ) {
    for (const [index, { collection, field, fromInserts }] of reader.sources.entries()) {
      const changed = (change: Change): void => this.#changed(collection, change, { field, fromInserts });
      const listener = { changed, lost: (upTo: bigint) => this.#lost(upTo), idle: () => this.#settle(this.#newest) };
      // One listener hears of gaps and silence for all.
      const deaf = { changed, lost: () => {} };
      feed.listen(collection, index === 0 ? listener : deaf, { inserts: fromInserts });
    }
  }

  /** True while everything that was revoked more than a second ago is in the feed. */
  get isFresh(): boolean {
    const oldest = this.#told[0];
    const isBehind = oldest !== undefined && performance.now() - oldest.heardAt > PATIENCE_MS;
    return this.#isLoaded && this.feed.fresh && !isBehind && !this.#isStopped;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Resolves when the feed can be told; or after a while, when `of` says that it cannot. */
  async ready(): Promise<void> {
    if (!this.#isWanted) {
      this.#isWanted = true;
      this.#reload();
    }
    if (this.#isLoaded) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, LOAD_PATIENCE_MS);
      this.#waiting.add(done);
    });
  }

  /** @throws ServiceUnavailable while it cannot be told what is revoked, or before `ready` */
  of(app: App): AppRevocations {
    if (!this.isFresh) throw new ServiceUnavailable('it cannot be told right now what is revoked');
    const found = this.#revocationsOf(app._id.toHexString());
    found.prune(this.clock.now().getTime() - this.keptSeconds(app) * 1_000);
    return found;
  }

  /** How long after a revocation a token that it concerns may look good. */
  keptSeconds(app: App): number {
    return longestAccessTokenSeconds(app, this.clock.now()) + SLACK_SECONDS;
  }

  beforeApplicationShutdown(): void {
    this.stop();
  }

  /** The feed is silent from now on. */
  stop(): void {
    this.#isStopped = true;
    for (const done of this.#waiting) done();
  }

  #changed(
    collection: string,
    { id, kind, fields, at }: Change,
    source: { field: string; fromInserts: boolean },
  ): void {
    this.#settle(at - 1n);
    if (at > this.#newest) this.#newest = at;
    if (!this.#isWanted) return;
    const revokes =
      kind === 'insert' ? source.fromInserts : kind !== 'delete' && (fields?.includes(source.field) ?? true);
    if (revokes) this.#told.push({ collection, id, at, heardAt: performance.now() });
  }

  #settle(upTo: bigint): void {
    if (upTo > this.#settled) this.#settled = upTo;
    if (this.#told.length > 0) void this.#work();
  }

  #lost(upTo: bigint): void {
    if (upTo > this.#newest) this.#newest = upTo;
    if (this.#isWanted) this.#reload();
  }

  /** What is read now has every change that was told, and those of a transaction of which the rest is still to be told. */
  #reload(): void {
    this.#gaps += 1;
    this.#isLoaded = false;
    this.#told = [];
    void this.#load(this.#newest, this.#gaps);
  }

  async #load(upTo: bigint, gap: number): Promise<void> {
    while (!this.#isStopped && gap === this.#gaps) {
      try {
        const found: StoredRevocation[] = [];
        for await (const stored of this.reader.all(this.#since())) found.push(stored);
        if (gap !== this.#gaps) return;
        this.#base = upTo > this.#base ? upTo : this.#base;
        const byApp = grouped(found, this.#base);
        for (const appId of new Set([...byApp.keys(), ...this.#apps.keys()])) {
          this.#revocationsOf(appId).add(byApp.get(appId) ?? [], this.#base);
        }
        this.#isLoaded = true;
        for (const done of this.#waiting) done();
        void this.#work();
        return;
      } catch (error) {
        this.#logger.warn(String(error));
        await sleep(RETRY_MS, undefined, { ref: false });
      }
    }
  }

  /** Reads what was told and is complete, and passes it on, in the order of the writes. */
  async #work(): Promise<void> {
    if (this.#isWorking || !this.#isLoaded) return;
    this.#isWorking = true;
    try {
      while (!this.#isStopped && this.#isLoaded) {
        const upTo = this.#settled;
        const batch = this.#told.filter(({ at }) => at <= upTo);
        if (batch.length === 0) break;
        const gap = this.#gaps;
        const found = await this.#read(batch);
        if (gap !== this.#gaps) break;
        const done = new Set(batch);
        this.#told = this.#told.filter((told) => !done.has(told));
        const seq = batch.reduce((newest, { at }) => (at > newest ? at : newest), 0n);
        for (const [appId, news] of grouped(found, seq)) this.#revocationsOf(appId).add(news, seq);
        this.#prune();
      }
    } catch (error) {
      this.#logger.warn(String(error));
      setTimeout(() => void this.#work(), RETRY_MS).unref();
    } finally {
      this.#isWorking = false;
    }
  }

  /** Also where nobody asks for an app's feed. */
  #prune(): void {
    if (performance.now() - this.#prunedAt < PRUNE_EVERY_MS) return;
    this.#prunedAt = performance.now();
    const before = this.#since().getTime();
    for (const kept of this.#apps.values()) kept.prune(before);
  }

  #since(): Date {
    return new Date(this.clock.now().getTime() - (LONGEST_SECONDS + SLACK_SECONDS) * 1_000);
  }

  async #read(batch: Told[]): Promise<StoredRevocation[]> {
    const found: StoredRevocation[] = [];
    for (const { collection } of this.reader.sources) {
      const ids = batch.filter((told) => told.collection === collection).map(({ id }) => id);
      if (ids.length > 0) found.push(...(await this.reader.some(collection, ids)));
    }
    return found;
  }

  #revocationsOf(appId: string): AppRevocations {
    let found = this.#apps.get(appId);
    if (!found) this.#apps.set(appId, (found = new AppRevocations(this.#base)));
    return found;
  }
}

function grouped(stored: StoredRevocation[], at: bigint): Map<string, Kept[]> {
  const byApp = new Map<string, Kept[]>();
  for (const { appId, revocation, revokedAtMs } of stored) {
    const kept = byApp.get(appId) ?? [];
    kept.push({ revocation, at, revokedAtMs });
    byApp.set(appId, kept);
  }
  return byApp;
}
