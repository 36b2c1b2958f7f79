import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BuiltServer } from '../support/built-server.js';
import { expectClientError, expectJson } from '../support/expect-answer.js';
import type { Tokens } from '../support/client.js';

const PASSWORD = 'a very secret passphrase';
const WRONG = 'another secret, mistyped';

let dataDir: string;
let server: BuiltServer;
let tokens: Tokens;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'latchkey-start-'));
  server = await BuiltServer.start(dataDir, { LOG_LEVEL: 'debug' });
  tokens = await server.client().enter('first@example.com', PASSWORD);
});
afterAll(async () => {
  await server.kill();
  await rm(dataDir, { recursive: true, force: true });
});

describe('a first start', () => {
  it('makes the demo app, with anonymous and email login', async () => {
    expectJson(await server.client('demo-local').login('anon-user'), 200);
    expectJson(await server.client('demo-local').profile(tokens.accessToken), 200);
  });

  it('prints the address, the client app id and a login to paste', () => {
    const { port } = new URL(server.baseUrl);
    expect(server.output).toContain(`http://localhost:${port}`);
    expect(server.output).toContain('demo-local');
    expect(server.output).toMatch(/curl .*\/anon-user\/login/);
  });
});

describe('nothing secret', () => {
  it('is written to the log, at the most talkative level, whatever happens', async () => {
    const client = server.client();
    await client.login('local-userpass', { username: 'first@example.com', password: WRONG });
    await client.register({ email: 'second@example.com', password: PASSWORD });
    expectClientError(await client.login('local-userpass', `{"username":"x","password":"${PASSWORD}"`));
    expectClientError(await client.register({ email: 7, password: PASSWORD }));
    await client.request('GET', `${client.appPath}/location?token=${tokens.accessToken}`);
    const refreshed = await client.refresh(tokens.refreshToken);
    await client.profile(`${tokens.accessToken}x`);
    await client.logout(tokens.refreshToken);
    const { output } = server;
    const secrets = [PASSWORD, WRONG, tokens.accessToken, tokens.refreshToken, refreshed.body.access_token];
    for (const secret of secrets.flatMap((text) => [text, encodeURIComponent(text), text.split('.').at(-1) ?? text])) {
      expect(output.includes(secret)).toBe(false);
    }
  });

  it('lies readable in the data directory', async () => {
    const files = (await readdir(dataDir, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const bytes = await readFile(join(file.parentPath, file.name));
      for (const secret of [PASSWORD, tokens.refreshToken, tokens.accessToken, '$2b$04$']) {
        expect({ file: file.name, secret, found: bytes.includes(secret) }).toEqual({
          file: file.name,
          secret,
          found: false,
        });
      }
    }
  });
});
