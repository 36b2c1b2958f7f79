import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ObjectId } from 'mongodb';
import type { App } from '../../src/apps/app.model.js';
import { Database } from '../../src/database/database.js';
import { BUILT_COMMAND } from '../support/built-command.js';
import type { Tokens } from '../support/client.js';
import { CuttableLine } from '../support/cuttable-line.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { ExampleBackend } from '../support/example-backend.js';
import { RequestCounter } from '../support/request-counter.js';
import { sleep, waitUntil } from '../support/wait.js';

const MAX_STALE_SECONDS = 2;
/** Of the ten thousand, so that a slow machine answers in time. */
const AT_ONCE = 500;

/**
 * A backend in a process of its own follows one instance, people log out at the other, and the database is a third process,
 * or what MONGODB_URI names.
 */
let directory: string;
let database: ChildProcess | undefined;
let instance: TestServer;
let other: TestServer;
let counter: RequestCounter;
let line: CuttableLine;
let target: string;
let app: App;
let backend: ExampleBackend;
let trusting: ExampleBackend;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'latchkey-verifier-'));
  let mongodbUri = process.env.MONGODB_URI;
  if (mongodbUri === undefined) {
    const args = [BUILT_COMMAND, 'db', 'serve'];
    const env = { ...process.env, LATCHKEY_DATA_DIR: join(directory, 'data') };
    database = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
    [mongodbUri] = (await once(database.stdout!.setEncoding('utf8'), 'data')) as [string];
  }
  other = await createTestServer({ mongodbUri: mongodbUri.trim() });
  instance = await createTestServer({ sharing: other });
  app = await other.make.app();
  counter = await RequestCounter.inFrontOf(instance.baseUrl);
  target = counter.baseUrl;
  line = await CuttableLine.to(() => target);
  const path = `/api/client/v2.0/app/${app.clientAppId}`;
  const env = { LATCHKEY_APP_URL: line.baseUrl + path, MAX_STALE_SECONDS: String(MAX_STALE_SECONDS) };
  [backend, trusting] = await Promise.all([
    ExampleBackend.start(other.publicUrl + path, env),
    ExampleBackend.start(other.publicUrl + path, { ...env, WHEN_STALE: 'failOpen' }),
  ]);
}, 60_000);

afterAll(async () => {
  await Promise.all([backend?.stop(), trusting?.stop()]);
  await line?.stop();
  await counter?.stop();
  await instance?.stop();
  await other?.stop();
  if (database && database.exitCode === null) {
    database.kill('SIGTERM');
    await once(database, 'exit');
  }
  await rm(directory, { recursive: true, force: true });
}, 60_000);

const enter = (): Promise<Tokens> => other.client(app).enterAnonymously();
const logout = ({ refreshToken }: Tokens) => other.client(app).logout(refreshToken);

/** @returns after how many milliseconds */
async function untilRefused({ accessToken }: Tokens, by = backend): Promise<number> {
  const started = performance.now();
  await waitUntil(async () => {
    const { status, code } = await by.me(accessToken);
    if (status === 401) expect(code).toBe('token_revoked');
    return status === 401;
  });
  return performance.now() - started;
}

const untilFresh = (): Promise<void> => waitUntil(async () => (await backend.health()).status === 200);

test('a logout at another instance is known in the backend, 100 of 100, and no verification asks the server', async () => {
  const started = counter.seen.length;
  const took: number[] = [];
  const lane = async (): Promise<void> => {
    for (let round = 0; round < 10; round++) {
      const user = await enter();
      for (let time = 0; time < 3; time++) expect(await backend.me(user.accessToken)).toEqual({ status: 200 });
      expect((await logout(user)).status).toBe(204);
      took.push(await untilRefused(user));
    }
  };
  await Promise.all(Array.from({ length: 10 }, lane));
  expect(took).toHaveLength(100);
  expect(took.sort((a, b) => a - b)[50]).toBeLessThan(1_000);
  const asked = counter.seen.slice(started);
  // Beside the stream that was open before, whatever a slow machine had to open again.
  expect(asked.filter((line) => !line.includes('/revocations'))).toEqual([]);
  expect(asked.length).toBeLessThan(5);
});

test('a cut feed: refused or accepted as configured, and nothing is left out when it is back', async () => {
  const [alive, before, during] = [await enter(), await enter(), await enter()];
  await logout(before);
  await Promise.all([untilRefused(before), untilRefused(before, trusting)]);
  line.cut();
  const cutAt = performance.now();
  await waitUntil(async () => (await backend.me(alive.accessToken)).status === 503);
  await logout(during);
  const seen = { closed: new Set<number>(), open: new Set<number>(), revoked: new Set<number>() };
  while (performance.now() - cutAt < 10_000) {
    seen.closed.add((await backend.me(during.accessToken)).status);
    seen.open.add((await trusting.me(alive.accessToken)).status);
    for (const by of [backend, trusting]) seen.revoked.add((await by.me(before.accessToken)).status);
    await sleep(100);
  }
  expect(seen).toEqual({ closed: new Set([503]), open: new Set([200]), revoked: new Set([401]) });
  line.mend();
  const passed: number[] = [];
  await waitUntil(async () => {
    const { status } = await backend.me(during.accessToken);
    if (status === 200) passed.push(status);
    return status === 401;
  });
  expect(passed).toEqual([]);
  await untilRefused(during, trusting);
  expect(await backend.me(alive.accessToken)).toEqual({ status: 200 });
});

test('a restart of the instance: nothing is left out that ended meanwhile', async () => {
  const [alive, during] = [await enter(), await enter()];
  expect(await backend.me(during.accessToken)).toEqual({ status: 200 });
  await counter.stop();
  await instance.stop();
  await logout(during);
  instance = await createTestServer({ sharing: other });
  counter = await RequestCounter.inFrontOf(instance.baseUrl);
  target = counter.baseUrl;
  await untilRefused(during);
  await untilFresh();
  expect(await backend.me(alive.accessToken)).toEqual({ status: 200 });
});

test('ten thousand sessions that end at once', async () => {
  const [alive, last] = [await enter(), await enter()];
  const sessions = other.get(Database).connection.collection('sessions');
  const now = new Date();
  const made = Array.from({ length: 10_000 }, () => ({
    _id: new ObjectId(),
    app: app._id,
    user: new ObjectId(),
    epoch: 0,
    refreshTokenHash: randomBytes(32),
    device: new ObjectId(),
    createdAt: now,
    lastUsedAt: now,
    expiresAt: new Date(now.getTime() + 3_600_000),
    removeAt: new Date(now.getTime() + 7_200_000),
  }));
  const before = (await backend.health()).revocations;
  for (let from = 0; from < made.length; from += AT_ONCE) {
    await sessions.insertMany(made.slice(from, from + AT_ONCE), { ordered: false });
  }
  const ends: Promise<unknown>[] = [];
  for (let from = 0; from < made.length; from += AT_ONCE) {
    const ids = made.slice(from, from + AT_ONCE).map(({ _id }) => _id);
    ends.push(sessions.updateMany({ _id: { $in: ids } }, { $set: { endedAt: new Date() } }, { maxTimeMS: 4_000 }));
    if (ends.length % 2 === 0) await Promise.all(ends);
  }
  await Promise.all(ends);
  await logout(last);
  await untilRefused(last);
  await waitUntil(async () => (await backend.health()).revocations > before + 10_000);
  await untilFresh();
  expect(await backend.me(alive.accessToken)).toEqual({ status: 200 });
}, 60_000);

test('a database that hangs while a session is revoked: 503, and never a pass', async () => {
  if (!database) return;
  const user = await enter();
  const profile = (server: TestServer) => server.client(app).profile(user.accessToken);
  expect((await backend.me(user.accessToken)).status).toBe(200);
  for (const server of [instance, other]) expect((await profile(server)).status).toBe(200);
  database.kill('SIGSTOP');
  const frozenAt = performance.now();
  const revoked = logout(user);
  const answers: Promise<unknown>[] = [];
  const seen: number[] = [];
  let isFrozen = true;
  try {
    await waitUntil(async () => (await backend.me(user.accessToken)).status === 503);
    // For one second an instance believes what it remembers.
    await sleep(Math.max(0, frozenAt + 1_500 - performance.now()));
    while (performance.now() - frozenAt < 8_000 || seen.length < 2) {
      expect((await backend.me(user.accessToken)).status).toBe(503);
      for (const server of [instance, other]) {
        answers.push(profile(server).then(({ status }) => isFrozen && seen.push(status)));
      }
      await sleep(250);
    }
  } finally {
    isFrozen = false;
    database.kill('SIGCONT');
  }
  expect(new Set(seen)).toEqual(new Set([503]));
  await Promise.all([revoked, ...answers]);
  await waitUntil(async () => (await logout(user)).status === 204);
  await untilRefused(user);
  await waitUntil(async () => (await profile(instance)).status === 401);
  await untilFresh();
}, 60_000);
