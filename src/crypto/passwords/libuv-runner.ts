import bcrypt from 'bcrypt';
import type { HashJob, HashResult, HashRunner } from './hash-job.js';

/** Runs jobs in libuv's own threads: where the sources run unbuilt, as under jest, there is no script for a thread of ours. */
export class LibuvRunner implements HashRunner {
  run(job: HashJob): Promise<HashResult> {
    const bytes = Buffer.from(job.bytes);
    return job.kind === 'hash' ? bcrypt.hash(bytes, job.cost) : bcrypt.compare(bytes, job.hash);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
