import { Worker } from 'node:worker_threads';
import type { HashJob, HashReply, HashResult, HashRunner } from './hash-job.js';

/** Runs each job in an idle thread; a thread is started when none is idle, and kept. A dead one is replaced by the next job. */
export class ThreadRunner implements HashRunner {
  private readonly idle: Worker[] = [];
  private readonly all = new Set<Worker>();

  constructor(private readonly script: URL) {}

  run(job: HashJob): Promise<HashResult> {
    const thread = this.idle.pop() ?? this.start();
    // Only a thread at work keeps the process alive.
    thread.ref();
    return new Promise((resolve, reject) => {
      const done = (settle: () => void) => {
        thread.off('message', onMessage);
        thread.off('error', onError);
        thread.off('exit', onExit);
        thread.unref();
        settle();
      };
      const onMessage = (reply: HashReply) => {
        this.idle.push(thread);
        done(() => ('error' in reply ? reject(new Error(reply.error)) : resolve(reply.result)));
      };
      const onError = (cause: Error) => done(() => reject(new Error('a hashing thread failed', { cause })));
      const onExit = () => done(() => reject(new Error('a hashing thread ended')));
      thread.on('message', onMessage).on('error', onError).on('exit', onExit);
      // A small Buffer is a window on a pool that others share; posted as it is, the whole pool would go along.
      thread.postMessage({ ...job, bytes: new Uint8Array(job.bytes) });
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.all].map((thread) => thread.terminate()));
  }

  private start(): Worker {
    const thread = new Worker(this.script, { execArgv: [], name: 'latchkey-hash' });
    this.all.add(thread);
    thread.on('error', () => this.forget(thread));
    thread.on('exit', () => this.forget(thread));
    return thread;
  }

  private forget(thread: Worker): void {
    this.all.delete(thread);
    const at = this.idle.indexOf(thread);
    if (at >= 0) this.idle.splice(at, 1);
  }
}
