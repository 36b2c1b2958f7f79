/** One thing that ended before the tokens that name it: a session, all tokens of a user below an epoch, or a key. */
export type Revocation =
  { kind: 'session'; id: string } | { kind: 'user'; id: string; epoch: number } | { kind: 'key'; id: string };

export interface Kept {
  revocation: Revocation;
  /** When it was written, by the database's time. */
  at: bigint;
  revokedAtMs: number;
}

/** What the feed says: everything that was revoked after `after` and up to `seq`. */
export interface Page {
  after: bigint;
  seq: bigint;
  revocations: Revocation[];
}

/** Told again to whoever comes from another instance, whose last second may have looked different. */
export const OVERLAP = 1n << 32n;

/** What is revoked in one app and has not expired by itself. */
export class AppRevocations {
  readonly #kept = new Map<string, Kept>();
  readonly #followers = new Set<(page: Page) => void>();

  /** @param seq everything up to here is in it */
  constructor(public seq: bigint) {}

  /** Everything in `news` was written up to `seq`, and nothing else was since the last time. */
  add(news: Kept[], seq: bigint): void {
    for (const kept of news) {
      const { kind, id } = kept.revocation;
      this.#kept.delete(`${kind}:${id}`);
      this.#kept.set(`${kind}:${id}`, kept);
    }
    const after = this.seq;
    if (seq > this.seq) this.seq = seq;
    const page = { after, seq: this.seq, revocations: news.map(({ revocation }) => revocation) };
    for (const follower of this.#followers) follower(page);
  }

  since(after: bigint): Page {
    const found: Revocation[] = [];
    for (const { revocation, at } of this.#kept.values()) if (at > after) found.push(revocation);
    return { after, seq: after > this.seq ? after : this.seq, revocations: found };
  }

  hasSince(after: bigint): boolean {
    return this.seq > after;
  }

  /** @returns what ends it */
  follow(follower: (page: Page) => void): () => void {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  /** Forgets what expired by itself. */
  prune(revokedBeforeMs: number): void {
    for (const [key, { revokedAtMs }] of this.#kept) if (revokedAtMs < revokedBeforeMs) this.#kept.delete(key);
  }
}
