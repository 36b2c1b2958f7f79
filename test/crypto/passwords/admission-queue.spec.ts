import { expect, it } from '@jest/globals';
import { AdmissionQueue } from '../../../src/crypto/passwords/admission-queue.js';
import { HashingBusy } from '../../../src/crypto/passwords/hashing-busy.js';

/** A queue whose clock and jobs go on only when the test says so. */
function slowQueue(options: { lanes: number; patienceMs: number; guessMs: number }) {
  let now = 0;
  const running: (() => void)[] = [];
  const queue = new AdmissionQueue({ ...options, now: () => now });
  const answers: string[] = [];
  return {
    queue,
    answers,
    running,
    ask(name: string) {
      const work = () => new Promise<string>((resolve) => running.push(() => resolve(name)));
      void outcomeOf(queue.run(work)).then((outcome) => answers.push(outcome));
    },
    async finishOneAfter(ms: number) {
      now += ms;
      running.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

async function outcomeOf(promise: Promise<string>): Promise<string> {
  try {
    return await promise;
  } catch (error) {
    return error instanceof HashingBusy ? `busy ${error.retryAfterSeconds}` : String(error);
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

it('runs as many at once as there are lanes, the others in order', async () => {
  const q = slowQueue({ lanes: 2, patienceMs: 1000, guessMs: 100 });
  for (const name of ['a', 'b', 'c', 'd']) q.ask(name);
  expect(q.running).toHaveLength(2);
  for (let i = 0; i < 4; i++) await q.finishOneAfter(10);
  expect(q.answers).toEqual(['a', 'b', 'c', 'd']);
});

it('refuses at once what it could not serve within the patience, and says when to come again', async () => {
  const q = slowQueue({ lanes: 2, patienceMs: 3000, guessMs: 1000 });
  for (let i = 1; i <= 7; i++) q.ask(String(i));
  await settled();
  expect(q.answers).toEqual(['busy 3']);
});

it('lets one in whenever a lane is free, however slow it is', async () => {
  const q = slowQueue({ lanes: 1, patienceMs: 10, guessMs: 100_000 });
  q.ask('a');
  q.ask('b');
  await q.finishOneAfter(100_000);
  expect(q.answers).toEqual(['busy 100', 'a']);
  q.ask('c');
  await q.finishOneAfter(1);
  expect(q.answers.at(-1)).toBe('c');
});

it('learns from what it measures', async () => {
  const q = slowQueue({ lanes: 1, patienceMs: 1000, guessMs: 1000 });
  for (let i = 0; i < 30; i++) {
    q.ask('fast');
    await q.finishOneAfter(10);
  }
  for (let i = 0; i < 40; i++) q.ask('many');
  await settled();
  expect(q.answers.filter((answer) => answer.startsWith('busy'))).toEqual([]);
});

it('refuses what it let in when it has waited longer than the patience', async () => {
  const q = slowQueue({ lanes: 1, patienceMs: 1000, guessMs: 10 });
  for (const name of ['a', 'b', 'c']) q.ask(name);
  await q.finishOneAfter(5000);
  expect(q.answers).toEqual(expect.arrayContaining(['a', 'busy 2', 'busy 2']));
  expect(q.running).toHaveLength(0);
});

it('goes on after a job that failed', async () => {
  const { queue } = slowQueue({ lanes: 1, patienceMs: 1000, guessMs: 10 });
  await expect(queue.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  await expect(queue.run(() => Promise.resolve('yes'))).resolves.toBe('yes');
});

it('answers all it let in before it is closed, and lets nobody in after', async () => {
  const q = slowQueue({ lanes: 1, patienceMs: 1000, guessMs: 10 });
  for (const name of ['a', 'b']) q.ask(name);
  let closed = false;
  void q.queue.close().then(() => (closed = true));
  q.ask('late');
  await q.finishOneAfter(1);
  expect([q.answers, closed]).toEqual([['busy 1', 'a'], false]);
  await q.finishOneAfter(1);
  expect([q.answers, closed]).toEqual([['busy 1', 'a', 'b'], true]);
  await q.queue.close();
});

it('does not keep a stopping server waiting for a long queue', async () => {
  const q = slowQueue({ lanes: 1, patienceMs: 60_000, guessMs: 1000 });
  for (let i = 0; i < 20; i++) q.ask(String(i));
  void q.queue.close();
  await settled();
  expect(q.answers).toHaveLength(15);
});
