import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { BuiltServer, SAME_ADDRESS } from '../support/built-server.js';
import { expectJson } from '../support/expect-answer.js';
import { requestText } from '../support/raw-request.js';
import { sleep } from '../support/wait.js';

/** What is promised: exit within ten seconds. */
const LIMIT_MS = 10_000;

let dataDir: string;
let server: BuiltServer;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'latchkey-sigterm-'));
  server = await BuiltServer.start(dataDir, SAME_ADDRESS);
});
afterEach(async () => {
  await server.kill();
  await rm(dataDir, { recursive: true, force: true });
});

const endWithinLimit = () => Promise.race([server.ended, sleep(LIMIT_MS).then(() => 'still running')]);

describe('B55: SIGTERM', () => {
  it('turns readiness to 503 while requests are still answered, and exits with 0', async () => {
    server.signal('SIGTERM');
    const seen = new Set<number | undefined>();
    const answered: number[] = [];
    while (!seen.has(undefined)) {
      const [readiness, login] = await Promise.all([
        server.readiness(),
        server
          .client()
          .login('anon-user')
          .catch(() => null),
      ]);
      seen.add(readiness);
      if (login) answered.push(login.status);
    }
    expect(seen.has(503)).toBe(true);
    expect(new Set(answered)).toEqual(new Set([200]));
    expect(await endWithinLimit()).toEqual({ code: 0, signal: null });
  });

  it('answers ten logins that are being hashed, and asks their clients to connect anew', async () => {
    await server.kill();
    server = await BuiltServer.start(dataDir, { LATCHKEY_BCRYPT_COST: '9', LATCHKEY_HASH_PATIENCE_SECONDS: '20' });
    const client = server.client();
    expect((await client.register({ email: 'slow@example.com', password: 'secret1' })).status).toBe(201);
    const logins = Array.from({ length: 10 }, () =>
      client.login('local-userpass', { username: 'slow@example.com', password: 'secret1' }),
    );
    // Asked last and answered at once: the logins have arrived, and none is through.
    await client.location();
    server.signal('SIGTERM');
    await sleep(50);
    const late = await client.location();
    expect(late.headers.get('connection')).toBe('close');
    for (const answer of await Promise.all(logins)) {
      expectJson(answer, 200);
      expect(answer.headers.get('connection')).toBe('close');
    }
    expect(await endWithinLimit()).toEqual({ code: 0, signal: null });
  });

  it('is not held up by a client that asks in a loop, an idle one, or one that never finishes its request', async () => {
    const { port } = new URL(server.baseUrl);
    const idle = connect(Number(port), '127.0.0.1');
    const half = connect(Number(port), '127.0.0.1');
    for (const socket of [idle, half]) socket.on('error', () => {});
    const path = `${server.client().appPath}/auth/providers/anon-user/login`;
    half.write(requestText(`POST ${path}`, 'x'.repeat(100), ['Content-Type: application/json']).slice(0, -50));
    const looping = (async () => {
      while (true) await server.client().location();
    })().catch(() => 'refused');
    await sleep(100);
    server.signal('SIGTERM');
    expect(await endWithinLimit()).toEqual({ code: 0, signal: null });
    expect(await looping).toBe('refused');
    idle.destroy();
    half.destroy();
  });

  it('leaves a data directory that opens at once and holds everything', async () => {
    const tokens = await server.client().enter('kept@example.com', 'secret1');
    expect(await server.stop()).toEqual({ code: 0, signal: null });
    server = await BuiltServer.start(dataDir, SAME_ADDRESS);
    expectJson(await server.client().profile(tokens.accessToken), 200);
    expect([200, 201]).toContain((await server.client().refresh(tokens.refreshToken)).status);
  });
});
