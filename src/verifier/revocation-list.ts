/** What the feed says, as docs/revocation-feed.md has it. */
export interface FeedBody {
  seq: string;
  retain: number;
  sessions: string[];
  users: { id: string; epoch: number }[];
  keys: string[];
}

const PRUNE_EVERY_MS = 60_000;

/** What is revoked and might otherwise look good. Times by the process's own clock, which nobody sets. */
export class RevocationList {
  readonly #sessions = new Map<string, { untilMs: number }>();
  readonly #users = new Map<string, { untilMs: number; epoch: number }>();
  readonly #keys = new Map<string, { untilMs: number }>();
  #prunedAt = performance.now();

  get size(): number {
    return this.#sessions.size + this.#users.size + this.#keys.size;
  }

  add({ retain, sessions, users, keys }: FeedBody): void {
    const untilMs = performance.now() + retain * 1_000;
    for (const id of sessions) this.#sessions.set(id, { untilMs });
    for (const { id, epoch } of users) {
      this.#users.set(id, { untilMs, epoch: Math.max(epoch, this.#users.get(id)?.epoch ?? 0) });
    }
    for (const kid of keys) this.#keys.set(kid, { untilMs });
    this.#prune();
  }

  hasKey(kid: string): boolean {
    return this.#keys.has(kid);
  }

  /** Whether a token is revoked that names this session and user, and was signed by this key. */
  has({ sid, sub, epoch }: { sid: string; sub: string; epoch: number }, kid: string): boolean {
    const user = this.#users.get(sub);
    return this.#sessions.has(sid) || (user !== undefined && epoch < user.epoch) || this.#keys.has(kid);
  }

  #prune(): void {
    const now = performance.now();
    if (now - this.#prunedAt < PRUNE_EVERY_MS) return;
    this.#prunedAt = now;
    for (const entries of [this.#sessions, this.#users, this.#keys]) {
      for (const [id, { untilMs }] of entries) if (untilMs < now) entries.delete(id);
    }
  }
}
