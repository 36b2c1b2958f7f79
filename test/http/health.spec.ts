import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { StoreHealth } from '../../src/embedded-store/index.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';

let server: TestServer;
let health: StoreHealth;

beforeAll(async () => {
  server = await createTestServer({ health: async () => health });
});

afterAll(() => server.stop());

const ask = async (path: string) => {
  const response = await fetch(`${server.baseUrl}/health/${path}`);
  return { status: response.status, body: await response.json() };
};

describe('GET /health/ready', () => {
  it('answers 200 while the store takes writes', async () => {
    health = { isWritable: true };
    expect(await ask('ready')).toEqual({ status: 200, body: { status: 'ok' } });
  });

  it('answers 503 with words while it does not, and 200 again after', async () => {
    health = { isWritable: false, reason: 'no space left on the device of the data directory' };
    expect(await ask('ready')).toMatchObject({
      status: 503,
      body: { error: 'no space left on the device of the data directory' },
    });
    expect(await ask('live')).toMatchObject({ status: 200 });
    health = { isWritable: true };
    expect(await ask('ready')).toMatchObject({ status: 200 });
  });
});

describe('the health of the store itself', () => {
  it('is good', async () => {
    expect(await server.store.health()).toEqual({ isWritable: true });
  });
});
