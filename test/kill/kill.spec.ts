import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { BuiltServer, SAME_ADDRESS } from '../support/built-server.js';
import { Traffic } from '../support/traffic.js';
import { sleep, waitUntil } from '../support/wait.js';

const ROUNDS = process.env.LATCHKEY_LONG === '1' ? 60 : 3;
const CLIENTS = 8;
const LONGEST_ROUND_MS = 800;

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'latchkey-kill-'));
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

it(
  'has everything that it acknowledged after each of many deaths',
  async () => {
    let server = await BuiltServer.start(dataDir, SAME_ADDRESS);
    for (let round = 0; round < ROUNDS; round++) {
      const traffic = Array.from({ length: CLIENTS }, (_, client) => new Traffic(`round${round}-client${client}`));
      const running = traffic.map((each) => each.run(server.client()));
      await waitUntil(async () => traffic.reduce((sum, { acknowledged }) => sum + acknowledged, 0) > CLIENTS);
      await sleep(Math.random() * LONGEST_ROUND_MS);
      await server.kill();
      await Promise.all(running);
      server = await BuiltServer.start(dataDir, SAME_ADDRESS);
      for (const each of traffic) await each.check(server.client());
    }
    expect(await server.stop()).toEqual({ code: 0, signal: null });
  },
  60_000 + ROUNDS * 30_000,
);
