import { type KeyValueStore, StorageFailure, type Writer } from './key-value.js';
import { Locked } from './locks.js';

/** Thrown out of a write that has done a part and wants its next part in a later group. */
export class Continue extends Error {}

/** A write that was alone failed, so that its whole transaction can be undone; `cause` is its error. */
class Undone extends Error {}

/** What writes of one group share. */
export interface Group {
  readonly writer: Writer;
  /** Runs after the commit is on disk, before any answer goes out. */
  afterCommit(work: () => void): void;
}

interface Pending {
  work: (group: Group) => unknown;
  from: object | undefined;
  /** Runs in a transaction of its own, so that what it changes in memory is seen by all that follows. */
  isAlone: boolean;
  /** When a wait for a lock becomes an error; milliseconds of Date.now(). */
  deadline: number;
  resolve(result: unknown): void;
  reject(error: unknown): void;
  timeout(): unknown;
}

export interface WriteOptions {
  isAlone?: boolean;
  /** Who writes, one after the other: the connection. */
  from?: object | undefined;
  deadline: number;
  /** The error of a write that waited for a lock until its deadline. */
  onTimeout: () => unknown;
}

/** The longest that a write waits for others to come along. */
const MAX_PATIENCE_MS = 10;

/**
 * All writes that queued in one turn of the event loop share one transaction and one fsync; each is answered only after it.
 * A write checks everything before it writes, so one that fails leaves nothing behind for the others.
 *
 * Clients that wait for one sync send their next writes while the other clients' are synced, and so half of them would wait for two syncs for ever.
 * Where syncs are slow, a group therefore waits a little for those who wrote of late.
 */
export class GroupCommit {
  private queue: Pending[] = [];
  private isScheduled = false;
  private waiting = 0;
  private idleListeners: (() => void)[] = [];
  /** Who wrote in the last group, and in the one before. */
  private writers: [ReadonlySet<object>, ReadonlySet<object>] = [new Set(), new Set()];
  /** Half of what the last sync took. */
  private patienceMs = 0;
  /** Runs while the queue waits to be so long. */
  private gathering: { timer: NodeJS.Timeout; until: number } | undefined;

  /**
   * @param beforeCommit runs last inside each transaction
   * @param onFailure sees the error of a failed commit, and may end the process; returns the error for the clients
   */
  constructor(
    private readonly store: KeyValueStore,
    private readonly beforeCommit: (group: Group) => void,
    private readonly onFailure: (error: unknown) => unknown,
  ) {}

  write<T>(work: (group: Group) => T, { isAlone = false, from, deadline, onTimeout }: WriteOptions): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const settled = resolve as (result: unknown) => void;
      this.enqueue({ work, from, isAlone, deadline, resolve: settled, reject, timeout: onTimeout });
    });
  }

  /** Resolves when nothing is queued or waits for a lock. */
  async idle(): Promise<void> {
    if (this.queue.length === 0 && this.waiting === 0 && !this.isScheduled) return;
    await new Promise<void>((resolve) => this.idleListeners.push(resolve));
  }

  private enqueue(pending: Pending): void {
    this.queue.push(pending);
    if (this.gathering && this.queue.length >= this.gathering.until) {
      clearTimeout(this.gathering.timer);
      this.gathering = undefined;
      setImmediate(() => this.runAll());
    }
    if (this.isScheduled) return;
    this.isScheduled = true;
    setImmediate(() => this.begin());
  }

  private begin(): void {
    const until = this.patienceMs < 1 ? 0 : new Set([...this.writers[0], ...this.writers[1]]).size;
    if (this.queue.length >= until) return this.runAll();
    const timer = setTimeout(() => this.runAll(), this.patienceMs);
    this.gathering = { timer, until };
  }

  private runAll(): void {
    const queue = this.queue;
    this.queue = [];
    this.isScheduled = false;
    this.gathering = undefined;
    for (let at = 0; at < queue.length;) {
      let end = at + 1;
      if (!queue[at]!.isAlone) while (end < queue.length && !queue[end]!.isAlone) end++;
      this.runGroup(queue.slice(at, end));
      at = end;
    }
    if (this.queue.length > 0 || this.waiting > 0) return;
    for (const listener of this.idleListeners.splice(0)) listener();
  }

  private runGroup(members: Pending[]): void {
    const settle: (() => void)[] = [];
    const committed: (() => void)[] = [];
    let workedAt = 0;
    try {
      this.store.transaction((writer) => {
        const group: Group = { writer, afterCommit: (work) => committed.push(work) };
        for (const member of members) settle.push(this.runOne(member, group));
        this.beforeCommit(group);
        workedAt = performance.now();
      });
      this.patienceMs = Math.min((performance.now() - workedAt) / 2, MAX_PATIENCE_MS);
    } catch (error) {
      const answer = error instanceof Undone ? error.cause : this.onFailure(error);
      for (const member of members) member.reject(answer);
      return;
    }
    this.writers = [new Set(members.flatMap(({ from }) => from ?? [])), this.writers[0]];
    for (const work of committed) work();
    for (const answer of settle) answer();
  }

  /** @returns what to do with its outcome once the group is on disk */
  private runOne(member: Pending, group: Group): () => void {
    try {
      const result = member.work(group);
      return () => member.resolve(result);
    } catch (error) {
      if (error instanceof Continue) return () => this.enqueue(member);
      if (error instanceof Locked) return () => void this.waitFor(error, member);
      if (error instanceof StorageFailure) throw error; // nothing in this transaction can be trusted
      if (member.isAlone) throw new Undone('undone', { cause: error });
      return () => member.reject(error);
    }
  }

  private async waitFor({ owner }: Locked, member: Pending): Promise<void> {
    const left = member.deadline - Date.now();
    if (left <= 0) return member.reject(member.timeout());
    this.waiting++;
    let timer: NodeJS.Timeout | undefined;
    const expired = new Promise<void>((resolve) => (timer = setTimeout(resolve, left)));
    await Promise.race([owner.ended, expired]);
    clearTimeout(timer);
    this.waiting--;
    this.enqueue(member);
  }
}
