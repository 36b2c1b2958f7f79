import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { getConnectionToken } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { ChangeFeed } from '../../src/database/change-feed.js';
import { startEmbeddedStore } from '../../src/embedded-store/index.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { waitUntil } from '../support/wait.js';

let server: TestServer;
let second: TestServer;
let feed: ChangeFeed;
beforeEach(async () => {
  server = await createTestServer();
  second = await createTestServer({ sharing: server });
  feed = second.get(ChangeFeed);
  await waitUntil(async () => feed.fresh);
});
afterEach(async () => {
  await second.stop();
  await server.stop();
});

// A closed stream answers at once and without an error, so that following it would stop the process.
it('is not believed when its database went away', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-test-'));
  // One that can be taken away, whatever the others are on.
  const store = await startEmbeddedStore({ directory, sameThread: true });
  const sharing = Object.create(server, { store: { value: store } }) as TestServer;
  const third = await createTestServer({ sharing });
  try {
    const itsFeed = third.get(ChangeFeed);
    await waitUntil(async () => itsFeed.fresh);
    await store.close();
    await waitUntil(async () => !itsFeed.fresh);
  } finally {
    await store.close();
    await third.stop();
    await rm(directory, { recursive: true, force: true });
  }
});

it('is not believed when its client was closed', async () => {
  const client = second.get<Connection>(getConnectionToken() as never).getClient();
  await client.close();
  await waitUntil(async () => !feed.fresh);
  expect(server.get(ChangeFeed).fresh).toBe(true);
});
