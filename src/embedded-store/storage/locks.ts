/** Who holds a lock: a transaction that has not ended. */
export interface LockOwner {
  /** Resolves when the owner committed or aborted. */
  readonly ended: Promise<void>;
}

/** Thrown out of a plain write that must wait for a transaction; the write is tried again once `owner` has ended. */
export class Locked extends Error {
  constructor(readonly owner: LockOwner) {
    super('locked');
  }
}

interface Held {
  owner: LockOwner;
  collectionId: number;
}

/** Keys of the store that open transactions have written: documents, and entries of unique indexes. */
export class Locks {
  private readonly held = new Map<string, Held>();

  ownerOf(key: string): LockOwner | undefined {
    return this.held.size === 0 ? undefined : this.held.get(key)?.owner;
  }

  /** Somebody who has written to the collection and not ended: what changes its indexes must wait. */
  ownerIn(collectionId: number): LockOwner | undefined {
    for (const held of this.held.values()) if (held.collectionId === collectionId) return held.owner;
    return undefined;
  }

  take(key: string, owner: LockOwner, collectionId: number): void {
    this.held.set(key, { owner, collectionId });
  }

  releaseAll(keys: Iterable<string>): void {
    for (const key of keys) this.held.delete(key);
  }
}
