import { existsSync } from 'node:fs';
import type { MasterKey } from '../sealing.js';
import { AdmissionQueue } from './admission-queue.js';
import type { HashJob, HashResult, HashRunner } from './hash-job.js';
import { LibuvRunner } from './libuv-runner.js';
import { bytesToHash, formatStored, parseStored } from './stored-form.js';
import { ThreadRunner } from './thread-runner.js';

/** bcrypt at cost 0 would take about this long; each step doubles it. */
const COST_ZERO_MS = 0.06;

export interface PasswordHasherOptions {
  /** Of bcrypt: 12 takes 4 times as long as 10. */
  cost: number;
  threads: number;
  /** How long a caller may wait before it is refused with HashingBusy. */
  patienceSeconds: number;
  /** Where the thread's script is, when it is not beside this file. */
  workerScript?: URL;
}

export interface Verdict {
  ok: boolean;
  /** The hash was made at another cost than is set now: hash again, now that the password is known. */
  needsRehash: boolean;
}

/**
 * Hashes and checks passwords (design/security.md rule 8) away from the event loop, and refuses with HashingBusy what it
 * cannot serve in time. Threads start with the first password. Every method may throw HashingBusy; parallel guesses at
 * one account are the caller's matter.
 */
export class PasswordHasher {
  private readonly cost: number;
  private readonly queue: AdmissionQueue;
  private readonly runner: HashRunner;

  constructor({ cost, threads, patienceSeconds, workerScript }: PasswordHasherOptions) {
    const script = workerScript ?? new URL('./hash-worker.js', import.meta.url);
    this.cost = cost;
    this.runner = existsSync(script) ? new ThreadRunner(script) : new LibuvRunner();
    this.queue = new AdmissionQueue({
      lanes: threads,
      patienceMs: patienceSeconds * 1000,
      guessMs: COST_ZERO_MS * 2 ** cost,
    });
  }

  /** @returns `bcrypt:$2b$12$…` or `bcrypt-sha384:$2b$12$…`; seal it before it is stored */
  async hash(password: string): Promise<string> {
    const { scheme, bytes } = bytesToHash(password);
    const hash = await this.submit({ kind: 'hash', bytes, cost: this.cost });
    return formatStored(scheme, String(hash));
  }

  /** @param stored as `hash` returned it */
  async verify(password: string, stored: string): Promise<Verdict> {
    const { scheme, hash, cost } = parseStored(stored);
    const typed = bytesToHash(password);
    const equal = await this.submit({ kind: 'compare', bytes: typed.bytes, hash });
    // The digest of a long password, typed as a password, is another password.
    const ok = equal === true && typed.scheme === scheme;
    return { ok, needsRehash: ok && cost !== this.cost };
  }

  /** Where there is no such user: as dear as `verify`, so that the time does not tell, and never right. */
  async verifyAgainstNothing(password: string): Promise<Verdict> {
    await this.hash(password);
    return { ok: false, needsRehash: false };
  }

  /** @param context of `MasterKey.seal`: where the password belongs */
  async hashAndSeal(password: string, key: MasterKey, context: string): Promise<Buffer> {
    return key.seal(await this.hash(password), context);
  }

  /**
   * @param sealed as `hashAndSeal` returned it, for the same context
   * @throws SealBroken
   */
  async verifySealed(password: string, sealed: Buffer, key: MasterKey, context: string): Promise<Verdict> {
    return this.verify(password, key.open(sealed, context).toString());
  }

  /** Refuses new ones, answers those it let in (what cannot be done within 5 s with HashingBusy), and ends its threads. */
  async close(): Promise<void> {
    await this.queue.close();
    await this.runner.close();
  }

  private submit(job: HashJob): Promise<HashResult> {
    return this.queue.run(() => this.runner.run(job));
  }
}
