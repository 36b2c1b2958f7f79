/** What a thread is asked to do. Both cost the same. */
export type HashJob =
  | { readonly kind: 'hash'; readonly bytes: Uint8Array; readonly cost: number }
  | { readonly kind: 'compare'; readonly bytes: Uint8Array; readonly hash: string };

/** The hash, or whether it is of these bytes. */
export type HashResult = string | boolean;

/** What comes back from a thread. An error crosses as its words. */
export type HashReply = { readonly result: HashResult } | { readonly error: string };

/** Where jobs run: in threads of ours, or in those of libuv. One at a time for each lane of the queue in front of it. */
export interface HashRunner {
  run(job: HashJob): Promise<HashResult>;
  /** Called when no job is running. */
  close(): Promise<void>;
}
