import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import bcrypt from 'bcrypt';
import type { HashJob, HashReply, HashResult } from './hash-job.js';

/**
 * A thread that hashes passwords, one after the other. On Linux its priority is its own (setpriority(2), "C library/kernel
 * differences"), so requests that need no password overtake it; elsewhere the call would slow the whole process.
 */
function lowerPriority(): void {
  try {
    if (process.platform === 'linux') setPriority(0, 10);
  } catch {
    // A sandbox that forbids the call costs speed under load, nothing else.
  }
}

lowerPriority();
parentPort?.on('message', (job: HashJob) => parentPort?.postMessage(reply(job)));

function reply(job: HashJob): HashReply {
  try {
    return { result: work(job) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : 'unknown' };
  }
}

function work(job: HashJob): HashResult {
  const bytes = Buffer.from(job.bytes);
  return job.kind === 'hash' ? bcrypt.hashSync(bytes, job.cost) : bcrypt.compareSync(bytes, job.hash);
}
