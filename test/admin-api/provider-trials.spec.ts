import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { ObjectId } from 'mongodb';
import type { App } from '../../src/apps/app.model.js';
import { makeAdmin, type AdminClient } from '../support/admin-client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { serve, type Loopback } from '../support/loopback.js';
import { TestSmtp } from '../support/smtp.js';

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

it('follows a mail of an email account to its page, or to the function in its place', async () => {
  const config = { emailConfirmationUrl: `${publisher.url}/confirm?x=1`, resetPasswordUrl: 'javascript:alert(1)' };
  const tried = async (change: object = {}) => {
    const { body } = await tryOut({ type: 'local-userpass', config: { ...config, ...change } });
    return (body['checks'] as unknown[]).slice(1);
  };
  const INBOX = { name: 'mail', ok: true, note: 'no SMTP server is set: mails stay in the inbox of the app' };
  const error = 'this is no address of a page: the mail leads to a page of Latchkey instead';
  published = {};
  expect(await tried()).toEqual([
    { name: 'confirmation page', ok: true },
    { name: 'reset page', ok: false, error },
    INBOX,
  ]);
  published = 404;
  expect(await tried({ resetPasswordUrl: '' })).toEqual([
    { name: 'confirmation page', ok: false, error: 'the page answered with status 404' },
    { name: 'reset page', ok: true, note: 'a page of Latchkey' },
    INBOX,
  ]);
  const page = async (resetPasswordUrl: string) => (await tried({ autoConfirm: true, resetPasswordUrl }))[1];
  expect(await page('myapp://reset')).toMatchObject({ ok: true, note: expect.stringContaining('myapp:') });
  expect(await page('http://shop.example/reset')).toMatchObject({
    ok: false,
    error: expect.stringMatching(/^the address must begin/),
  });
  expect(await page('https://10.0.0.1/reset')).toMatchObject({ ok: true, note: expect.stringMatching(/^not tried: /) });
  expect(await page('http://localhost:9/reset')).toMatchObject({ error: 'no connection: ECONNREFUSED' });
  expect(
    await tried({ runConfirmationFunction: true, confirmationFunctionName: 'check', runResetFunction: true }),
  ).toEqual([
    { name: "confirmation function 'check'", ok: false, error: 'it is neither a webhook nor registered by a module' },
    { name: "reset function ''", ok: false, error: 'it is neither a webhook nor registered by a module' },
  ]);
});

it('greets the SMTP server, and asks the service of breached passwords', async () => {
  const smtp = await TestSmtp.start();
  const env = { ...smtp.env, LATCHKEY_BREACHED_PASSWORDS_URL: `${publisher.url}/range` };
  const posting = await createTestServer({ sharing: server, env });
  try {
    const { _id } = (
      await admin.post(`${at}/auth_providers`, {
        type: 'local-userpass',
        config: { passwordPolicy: { refuseBreached: true } },
      })
    ).body;
    const there = await makeAdmin(posting);
    const tried = async () => (await there.post(`${at}/auth_providers/${String(_id)}/test`)).body['checks'];
    const checks = (mail: object, breached: object) => [
      SETTINGS,
      { name: 'confirmation page', ok: true, note: 'a page of Latchkey' },
      { name: 'reset page', ok: true, note: 'a page of Latchkey' },
      { name: 'mail', ...mail },
      { name: 'breached passwords', ...breached },
    ];
    published = {};
    expect(await tried()).toEqual(checks({ ok: true }, { ok: true }));
    await smtp.stop();
    published = 503;
    const error = expect.stringMatching(/^the SMTP server cannot be used: E[A-Z]+$/);
    expect(await tried()).toEqual(checks({ ok: false, error }, { ok: false, error: 'status 503' }));
    expect(smtp.received).toEqual([]);
  } finally {
    await posting.stop();
  }
});

it('says what is good to know of what needs no trial', async () => {
  const note = async (provider: object) => ((await tryOut(provider)).body['checks'] as unknown[])[1];
  const users = { name: 'end of users', ok: true };
  expect(await note({ type: 'anon-user' })).toEqual({ ...users, note: 'after 90 days without use' });
  const never = { type: 'anon-user', config: { expireAfterInactiveDays: 0 } };
  expect(await note(never)).toEqual({ ...users, note: 'never' });
  const { _id } = (await admin.post(`${at}/auth_providers`, { type: 'api-key' })).body;
  const keys = async () => (await admin.post(`${at}/auth_providers/${String(_id)}/test`)).body['checks'];
  expect(await keys()).toEqual([SETTINGS, { name: 'keys', ok: true, note: 'there is none yet that is on' }]);
  expect((await admin.post(`${at}/api_keys`, { name: 'billing' })).status).toBe(201);
  expect(await keys()).toEqual([SETTINGS, { name: 'keys', ok: true }]);
  const unknown = await admin.post(`${at}/auth_providers/${new ObjectId().toHexString()}/test`);
  expect([unknown.status, unknown.body.error_code]).toEqual([404, 'AuthProviderNotFound']);
  const reader = await makeAdmin(server, 'GROUP_READ_ONLY');
  expect((await tryOut({ type: 'anon-user' }, reader)).status).toBe(403);
});
