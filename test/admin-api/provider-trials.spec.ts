import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { ObjectId } from 'mongodb';
import type { App } from '../../src/apps/app.model.js';
import { makeAdmin, type AdminClient } from '../support/admin-client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { serve, type Loopback } from '../support/loopback.js';

let server: TestServer;
let publisher: Loopback;
let published: object | number = {};
let admin: AdminClient;
let app: App;
let at: string;
beforeAll(async () => {
  server = await createTestServer();
  admin = await makeAdmin(server);
  publisher = await serve((_request, response) => {
    if (typeof published === 'number') response.writeHead(published).end();
    else response.end(JSON.stringify(published));
  });
});
afterAll(async () => {
  await publisher.stop();
  await server.stop();
});
beforeEach(async () => {
  app = await server.make.app({ providers: [] });
  at = admin.app(app);
});

async function tryOut(provider: object, as = admin) {
  const made = await admin.post(`${at}/auth_providers`, provider);
  if (made.status !== 201) throw new Error(made.text);
  const path = `${at}/auth_providers/${String(made.body['_id'])}`;
  const answer = await as.post(`${path}/test`);
  await admin.put(`${path}/disable`);
  await admin.delete(path);
  return answer;
}

const SETTINGS = { name: 'settings', ok: true };

it('says of signing keys which cannot be used, and why', async () => {
  for (const [name, value] of [
    ['good', 'x'.repeat(32)],
    ['short', 'x'],
  ]) {
    await admin.post(`${at}/secrets`, { name, value });
  }
  const { status, body, text } = await tryOut({
    type: 'custom-token',
    config: {},
    secret_config: { signingKeys: ['good', 'short', 'none'] },
  });
  expect([status, body]).toEqual([
    200,
    {
      ok: false,
      checks: [
        SETTINGS,
        { name: "signing key 'good'", ok: true },
        { name: "signing key 'short'", ok: false, error: 'the secret must have 32 to 512 characters for HS256' },
        { name: "signing key 'none'", ok: false, error: 'the secret does not exist' },
      ],
    },
  ]);
  expect(text).not.toContain('xxx');
  expect((await tryOut({ type: 'custom-token', config: {} })).body).toMatchObject({
    checks: [SETTINGS, { name: 'signing keys', ok: false }],
  });
});

it('asks the address of keys anew, and names the keys that are of no use (B25)', async () => {
  const jwk = (kid: string) => ({
    ...generateKeyPairSync('rsa', { modulusLength: 2_048 }).publicKey.export({ format: 'jwk' }),
    kid,
  });
  const provider = { type: 'custom-token', disabled: true, config: { useJWKURI: true, jwkURI: publisher.url } };
  const tried = async () => (await tryOut(provider)).body['checks'];
  published = { keys: [jwk('good'), { kty: 'AKP', kid: 'new' }, { ...jwk('enc'), use: 'enc' }] };
  expect(await tried()).toEqual([
    SETTINGS,
    { name: 'key set', ok: true, note: 'of no use: new (cannot be read), enc (not for signatures)' },
  ]);
  published = { keys: [{ ...jwk('other'), alg: 'RS512' }] };
  expect(await tried()).toEqual([
    SETTINGS,
    {
      name: 'key set',
      ok: false,
      error: 'no key in it is for RS256',
      note: 'of no use: other (for another algorithm)',
    },
  ]);
  published = 404;
  expect(await tried()).toEqual([
    SETTINGS,
    { name: 'key set', ok: false, error: 'the key set answered with status 404' },
  ]);
  provider.config.jwkURI = 'https://10.0.0.1/keys';
  expect(await tried()).toEqual([
    SETTINGS,
    { name: 'key set', ok: false, error: 'the address leads to 10.0.0.1, which is not public' },
  ]);
});

it('says whether a function can be called, and does not call it', async () => {
  const provider = { type: 'custom-function', config: { authFunctionName: 'login' } };
  const tried = async () => (await tryOut(provider)).body;
  const problem = (error: string) => ({
    ok: false,
    checks: [SETTINGS, { name: "function 'login'", ok: false, error }],
  });
  expect(await tried()).toEqual(problem('it is neither a webhook nor registered by a module'));
  await admin.post(`${at}/functions`, { name: 'login', webhook_url: publisher.url, secret: 'signs' });
  expect(await tried()).toEqual(problem('its webhook has no secret to sign with'));
  await admin.post(`${at}/secrets`, { name: 'signs', value: 'x' });
  expect(await tried()).toEqual({ ok: true, checks: [SETTINGS, { name: "function 'login'", ok: true }] });
});

it('says of an issuer whether it answers as itself', async () => {
  const metadata = {
    issuer: publisher.url,
    authorization_endpoint: `${publisher.url}/authorize`,
    token_endpoint: `${publisher.url}/token`,
    jwks_uri: `${publisher.url}/keys`,
  };
  const provider = (path: string) => ({
    type: 'oidc',
    config: { issuer: `${publisher.url}${path}`, clientId: 'client' },
    secret_config: { clientSecret: 'none' },
  });
  const noSecret = { name: "client secret 'none'", ok: false, error: 'the secret does not exist' };
  published = metadata;
  expect((await tryOut(provider(''))).body['checks']).toEqual([SETTINGS, { name: 'issuer', ok: true }, noSecret]);
  const other = (await tryOut(provider('/other'))).body['checks'];
  const error = "the issuer's metadata names another issuer";
  expect(other).toEqual([SETTINGS, { name: 'issuer', ok: false, error }, noSecret]);
});

it('has nothing to say of what needs no trial, and of what cannot be tried here', async () => {
  expect((await tryOut({ type: 'anon-user' })).body).toEqual({ ok: true, checks: [SETTINGS] });
  const unknown = await admin.post(`${at}/auth_providers/${new ObjectId().toHexString()}/test`);
  expect([unknown.status, unknown.body.error_code]).toEqual([404, 'AuthProviderNotFound']);
  const reader = await makeAdmin(server, 'GROUP_READ_ONLY');
  expect((await tryOut({ type: 'anon-user' }, reader)).status).toBe(403);
});
