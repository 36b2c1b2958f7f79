import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestServer } from '../support/create-test-server.js';
import type { TestServer } from '../support/create-test-server.js';
import { expectError, expectJson } from '../support/expect-answer.js';

describe('GET location', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await createTestServer();
  });
  afterAll(() => server.stop());

  it('gives the four fields that SDKs ask for', async () => {
    const answer = await server.client(await server.make.app()).location();
    expectJson(answer, 200);
    expect(answer.body).toEqual({
      deployment_model: expect.any(String),
      location: expect.any(String),
      hostname: expect.stringMatching(/^http:\/\/localhost:\d+$/),
      ws_hostname: expect.stringMatching(/^ws:\/\/localhost:\d+$/),
    });
  });

  it('names an address that this server answers at', async () => {
    const client = server.client(await server.make.app());
    const { hostname } = (await client.location()).body;
    const again = await fetch(`${String(hostname)}${client.appPath}/location`);
    expect(again.status).toBe(200);
  });

  it('refuses an unknown app in the words of the original', async () => {
    const answer = await server.client('nobody-abcde').location();
    expectError(answer, {
      status: 404,
      code: null,
      error: "cannot find app using Client App ID 'nobody-abcde'",
    });
  });

  it.each(['Bearer', 'Bearer garbage', 'Basic YTpi', ''])(
    'does not look at Authorization: %j',
    async (authorization) => {
      const answer = await server.client(await server.make.app()).location({ authorization });
      expectJson(answer, 200);
    },
  );
});

describe('GET location behind a public URL', () => {
  const forged = {
    'x-forwarded-host': 'evil.example',
    'x-forwarded-proto': 'https',
    forwarded: 'host=evil.example;proto=https',
    'x-original-host': 'evil.example',
  };

  it.each([
    ['https://auth.example.com', 'https://auth.example.com', 'wss://auth.example.com'],
    ['https://auth.example.com/', 'https://auth.example.com', 'wss://auth.example.com'],
    ['https://auth.example.com:8443/login', 'https://auth.example.com:8443/login', 'wss://auth.example.com:8443/login'],
    ['http://localhost:9999/', 'http://localhost:9999', 'ws://localhost:9999'],
  ])('B51: keeps clients at %s, whatever the request says', async (publicUrl, hostname, socketHostname) => {
    const server = await createTestServer({ env: { LATCHKEY_PUBLIC_URL: publicUrl } });
    try {
      const client = server.client(await server.make.app());
      for (const headers of [{}, forged]) {
        const { body } = await client.location({ headers });
        expect(body).toMatchObject({ hostname, ws_hostname: socketHostname });
      }
    } finally {
      await server.stop();
    }
  });

  it('B51: shows the public URL as issuer and in the key addresses, whatever the request says', async () => {
    const publicUrl = 'https://auth.example.com/login';
    const server = await createTestServer({ env: { LATCHKEY_PUBLIC_URL: publicUrl } });
    try {
      const client = server.client(await server.make.app());
      const path = `${client.appPath}/.well-known/openid-configuration`;
      const { body } = await client.request('GET', path, { headers: forged });
      expect(body.issuer).toBe(publicUrl + client.appPath);
      expect(body.jwks_uri).toBe(`${publicUrl}${client.appPath}/.well-known/jwks.json`);
      expect(JSON.stringify(body)).not.toContain('evil.example');
    } finally {
      await server.stop();
    }
  });
});
