import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLocalJWKSet, createRemoteJWKSet, jwtVerify } from 'jose';
import type { JSONWebKeySet } from 'jose';
import type { ApiClient } from '../support/client.js';
import { createTestServer } from '../support/create-test-server.js';
import type { TestServer } from '../support/create-test-server.js';
import { expectError, JSON_TYPE } from '../support/expect-answer.js';
import { claimsOf, headerOf } from '../support/tokens.js';

interface Metadata {
  issuer: string;
  jwks_uri: string;
}

let server: TestServer;
let client: ApiClient;
beforeAll(async () => {
  server = await createTestServer();
});
beforeAll(async () => {
  client = server.client(await server.make.app());
});
afterAll(() => server.stop());

const metadataPaths = (of: ApiClient) => [
  `${of.appPath}/.well-known/openid-configuration`,
  `/.well-known/oauth-authorization-server${of.appPath}`,
];

async function metadataOf(of: ApiClient): Promise<Metadata> {
  const answer = await of.request('GET', metadataPaths(of)[0] as string);
  return answer.body as unknown as Metadata;
}

async function keysOf(of: ApiClient): Promise<JSONWebKeySet> {
  const answer = await of.request('GET', `${of.appPath}/.well-known/jwks.json`);
  return answer.body as unknown as JSONWebKeySet;
}

describe('a backend with a standard library', () => {
  it('verifies an access token, knowing only the issuer address', async () => {
    const { accessToken, userId } = await client.enterAnonymously();
    const { issuer, jwks_uri: address } = await metadataOf(client);
    const { payload, protectedHeader } = await jwtVerify(accessToken, createRemoteJWKSet(new URL(address)), {
      issuer,
      audience: client.clientAppId,
      algorithms: ['ES256'],
    });
    expect(payload.sub).toBe(userId);
    expect(protectedHeader.kid).toBe(headerOf(accessToken).kid);
  });

  it('verifies a token that was refreshed', async () => {
    const { refreshToken } = await client.enterAnonymously();
    const { body } = await client.refresh(refreshToken);
    const keys = createLocalJWKSet(await keysOf(client));
    const { issuer } = await metadataOf(client);
    await expect(jwtVerify(body.access_token, keys, { issuer, audience: client.clientAppId })).resolves.toBeDefined();
  });

  it('refuses a refresh token and a token of another app', async () => {
    const other = server.client(await server.make.app());
    const keys = createLocalJWKSet(await keysOf(client));
    for (const token of [
      (await client.enterAnonymously()).refreshToken,
      (await other.enterAnonymously()).accessToken,
    ]) {
      await expect(jwtVerify(token, keys)).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_J/) });
    }
  });
});

describe('the key set', () => {
  it('holds public keys alone', async () => {
    const { keys } = await keysOf(client);
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) {
      expect(key).toMatchObject({
        kty: 'EC',
        crv: 'P-256',
        kid: expect.any(String),
        x: expect.any(String),
        y: expect.any(String),
      });
      for (const secret of ['d', 'k', 'p', 'q', 'dp', 'dq', 'qi']) expect(key).not.toHaveProperty(secret);
    }
  });

  it('is each app’s own', async () => {
    const other = server.client(await server.make.app());
    const ids = async (of: ApiClient) => (await keysOf(of)).keys.map(({ kid }) => kid);
    const [here, there] = [await ids(client), await ids(other)];
    expect(here.filter((kid) => there.includes(kid))).toEqual([]);
  });

  it('may be cached, and says so', async () => {
    const answer = await client.request('GET', `${client.appPath}/.well-known/jwks.json`);
    expect(answer.headers.get('cache-control')).toMatch(/max-age=\d+/);
    expect(answer.headers.get('content-type')).toBe(JSON_TYPE);
  });
});

describe('the metadata', () => {
  it('is the same at both addresses and names the issuer of the tokens', async () => {
    const [one, other] = await Promise.all(metadataPaths(client).map((path) => client.request('GET', path)));
    expect(one?.status).toBe(200);
    expect(other?.body).toEqual(one?.body);
    const { accessToken } = await client.enterAnonymously();
    expect(one?.body.issuer).toBe(claimsOf(accessToken).iss);
  });

  it('names no address that does not exist', async () => {
    const { body } = await client.request('GET', metadataPaths(client)[0] as string);
    const addresses = Object.entries(body).filter(([name]) => /_(uri|endpoint)$/.test(name));
    for (const [, address] of addresses) {
      const path = new URL(String(address)).pathname;
      // One of them streams without end.
      expect((await client.request(path.endsWith('/stream') ? 'HEAD' : 'GET', path)).status).not.toBe(404);
    }
  });

  it('is refused for an unknown app', async () => {
    const nobody = server.client('nobody-abcde');
    for (const path of [...metadataPaths(nobody), `${nobody.appPath}/.well-known/jwks.json`]) {
      expectError(await nobody.request('GET', path), { status: 404 });
    }
  });
});
