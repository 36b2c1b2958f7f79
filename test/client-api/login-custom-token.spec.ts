import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SignJWT, UnsecuredJWT, type JWTPayload } from 'jose';
import { App as RealmApp, Credentials } from 'realm-web';
import { StitchClientFactory } from 'mongodb-stitch';
import { CustomCredential, Stitch, StitchAppClientConfiguration } from 'mongodb-stitch-server-sdk';
import type { App } from '../../src/apps/app.model.js';
import { ProviderConfigsService } from '../../src/providers/provider-configs.service.js';
import { SecretsService } from '../../src/secrets/secrets.service.js';
import { makeAdmin } from '../support/admin-client.js';
import type { Answer } from '../support/client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { expectError, expectJson } from '../support/expect-answer.js';

const SECRET = 'a shared secret of at least 32 characters';
const OTHER_SECRET = 'another shared secret, 32 characters long';

let server: TestServer;
beforeAll(async () => {
  server = await createTestServer();
});
afterAll(() => server.stop());

interface Wanted {
  config?: object;
  metadata_fields?: object[];
  secrets?: string[];
}

async function makeApp({ config, metadata_fields, secrets = [SECRET] }: Wanted = {}): Promise<App> {
  const signingKeys = secrets.map((_, i) => `key${i}`);
  const settings = { config: { audience: [], signingAlgorithm: 'HS256', useJWKURI: false, ...config } };
  const app = await server.make.app({
    providers: [
      { type: 'anon-user' },
      {
        type: 'custom-token',
        settings: { ...settings, secret_config: { signingKeys }, ...(metadata_fields ? { metadata_fields } : {}) },
      },
    ],
  });
  for (const [i, value] of secrets.entries()) await server.get(SecretsService).put(app, { name: `key${i}`, value });
  return app;
}

const now = (): number => Date.now() / 1_000;

interface Signing {
  key?: string | KeyObject;
  alg?: string;
}

async function sign(app: App, claims: JWTPayload = {}, { key = SECRET, alg = 'HS256' }: Signing = {}): Promise<string> {
  const payload = { sub: 'ada', aud: app.clientAppId, iat: now(), nbf: now(), exp: now() + 60.5, ...claims };
  const made = Object.fromEntries(Object.entries(payload).filter(([, value]) => value !== undefined));
  return new SignJWT(made)
    .setProtectedHeader({ alg })
    .sign(typeof key === 'string' ? new TextEncoder().encode(key) : key);
}

async function login(app: App, claims?: JWTPayload, signing?: Signing): Promise<Answer> {
  return server.client(app).login('custom-token', { token: await sign(app, claims, signing) });
}

function expectRefused(answer: Answer, reason: string): void {
  expectError(answer, { status: 401, code: 'AuthError', error: `invalid custom auth token: ${reason}` });
}

const pem = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();

describe('login with a token of somebody else', () => {
  it('makes one user per subject, also when the first logins come at once', async () => {
    const app = await makeApp();
    const answers = await Promise.all([login(app), login(app), login(app)]);
    answers.push(await login(app));
    for (const answer of answers) expectJson(answer, 200);
    expect(new Set(answers.map(({ body }) => body.user_id)).size).toBe(1);
    const other = await login(app, { sub: 'Ada' });
    expect(other.body.user_id).not.toBe(answers[0].body.user_id);
    const { body } = await server.client(app).profile(other.body.access_token);
    expect(body).toMatchObject({ data: {}, identities: [{ id: 'Ada', provider_type: 'custom-token' }] });
  });

  it.each([
    ['RS256', generateKeyPairSync('rsa', { modulusLength: 2_048 })],
    ['ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' })],
    ['EdDSA', generateKeyPairSync('ed25519')],
  ])('takes %s, and no other algorithm then', async (alg, { publicKey, privateKey }) => {
    const app = await makeApp({ config: { signingAlgorithm: alg }, secrets: [pem(publicKey)] });
    expectJson(await login(app, {}, { key: privateKey, alg }), 200);
    expectRefused(await login(app, {}, { key: pem(publicKey) }), 'its algorithm is not the configured one');
  });

  it('takes any of the keys, and reads a replaced one at once', async () => {
    const app = await makeApp({ secrets: [OTHER_SECRET, SECRET] });
    expectJson(await login(app), 200);
    expectJson(await login(app, {}, { key: OTHER_SECRET }), 200);
    await server.get(SecretsService).put(app, { name: 'key1', value: 'x'.repeat(32) });
    expectRefused(await login(app), 'its signature is not valid');
  });

  it.each([
    ['a PEM key as shared secret', 'HS256', pem(generateKeyPairSync('ed25519').publicKey)],
    ['a short secret', 'HS256', 'x'.repeat(31)],
    ['a key of another kind', 'ES256', pem(generateKeyPairSync('ed25519').publicKey)],
    ['a short RSA key', 'RS256', pem(generateKeyPairSync('rsa', { modulusLength: 1_024 }).publicKey)],
    ['no key at all', 'RS256', SECRET],
  ])('never uses %s', async (_what, signingAlgorithm, value) => {
    const app = await makeApp({ config: { signingAlgorithm }, secrets: [value] });
    expectRefused(await login(app, {}, { key: value }), 'the provider has no usable signing key');
  });
});

describe('a token is refused', () => {
  let app: App;
  beforeAll(async () => {
    app = await makeApp({ config: { issuer: 'https://issuer.example', clockSkewSeconds: 10 } });
  });
  const good = { iss: 'https://issuer.example' };

  it('never where all is well, the clock within its bounds', async () => {
    expectJson(await login(app, good), 200);
    expectJson(await login(app, { ...good, exp: now() - 5, nbf: now() + 5, iat: now() + 5 }), 200);
  });

  it.each<[string, () => JWTPayload, string]>([
    ['expired', () => ({ exp: now() - 12 }), 'it is expired'],
    ['without end', () => ({ exp: undefined }), "the claim 'exp' is missing"],
    ['with an end that is text', () => ({ exp: 'never' as never }), "the claim 'exp' is not as it should be"],
    ['not valid yet', () => ({ nbf: now() + 15 }), 'it is not valid yet'],
    ['from the future', () => ({ iat: now() + 15 }), 'it was issued in the future'],
    ['of another issuer', () => ({ iss: 'https://other.example' }), "the claim 'iss' is not as it should be"],
    ['of no issuer', () => ({ iss: undefined }), "the claim 'iss' is missing"],
    ['without subject', () => ({ sub: undefined }), "the claim 'sub' is missing"],
    ['with an empty subject', () => ({ sub: '' }), "the claim 'sub' is missing"],
    ['whose subject is a number', () => ({ sub: 7 as never }), "the claim 'sub' is missing"],
    ['with half a character', () => ({ sub: 'a\ud800' }), "the claim 'sub' is no valid text"],
    ['with a long subject', () => ({ sub: 'x'.repeat(1_025) }), "the claim 'sub' is longer than 1024 characters"],
  ])('%s', async (_what, claims, reason) => {
    expectRefused(await login(app, { ...good, ...claims() }), reason);
  });

  it('with a wrong key, without signature, or where it is no token', async () => {
    expectRefused(await login(app, good, { key: OTHER_SECRET }), 'its signature is not valid');
    const client = server.client(app);
    const payload = { ...good, sub: 'ada', aud: app.clientAppId, exp: now() + 60 };
    expectRefused(
      await client.login('custom-token', { token: new UnsecuredJWT(payload).encode() }),
      'its algorithm is not the configured one',
    );
    const [head, body] = (await sign(app, good)).split('.');
    for (const token of ['', 'x', 'a.b.c', `${head}.${body}`, `${head}.${body}.`, 'é.é.é']) {
      expectError(await client.login('custom-token', { token }), { status: 401, code: 'AuthError' });
    }
    for (const wrong of [{}, { token: 7 }, { token: null }, { token: { $ne: '' } }, []]) {
      expect((await client.login('custom-token', wrong)).status).toBe(400);
    }
  });

  it('of another app, whose audience and key it has', async () => {
    const other = await makeApp({ secrets: [OTHER_SECRET] });
    expectRefused(
      await login(app, { ...good, aud: other.clientAppId }),
      `the claim 'aud' does not name '${app.clientAppId}'`,
    );
    expectRefused(await login(other, {}, { key: SECRET }), 'its signature is not valid');
  });
});

describe('audiences (B23)', () => {
  const both = 'one,\n two';

  it.each([both, ['one', 'two']])('must all be named unless any is enough: %j', async (audience) => {
    const app = await makeApp({ config: { audience } });
    expectJson(await login(app, { aud: ['two', 'one', 'three'] }), 200);
    expectRefused(await login(app, { aud: 'one' }), "the claim 'aud' does not name 'two'");
    expectRefused(await login(app, { aud: undefined }), "the claim 'aud' does not name 'one', 'two'");
    expectRefused(await login(app), "the claim 'aud' does not name 'one', 'two'");
  });

  it.each([true, 'true'])('are met by any of them (%j)', async (requireAnyAudience) => {
    const app = await makeApp({ config: { audience: both, requireAnyAudience } });
    expectJson(await login(app, { aud: 'two' }), 200);
    expectJson(await login(app, { aud: ['x', 'one'] }), 200);
    for (const aud of ['x', [], undefined]) {
      expectRefused(await login(app, { aud }), "the claim 'aud' names none of 'one', 'two'");
    }
  });
});

describe('metadata fields', () => {
  const fields = [
    { required: true, name: 'user_data.name', field_name: 'name' },
    { required: false, name: 'https://x\\.example/mail', field_name: 'email' },
    { name: 'age' },
    { name: 'constructor' },
  ];

  it('become data of the user, as text, and nothing else does', async () => {
    const app = await makeApp({ metadata_fields: fields });
    const claims = { user_data: { name: '$Ada', secret: 'x' }, 'https://x.example/mail': 'a@example.com', age: 36 };
    const { body } = await login(app, claims);
    const profile = await server.client(app).profile(body.access_token);
    expect(profile.body['data']).toEqual({ name: '$Ada', email: 'a@example.com', age: '36' });
  });

  it('that are required must be there, and none may be long', async () => {
    const app = await makeApp({ metadata_fields: fields });
    for (const data of [undefined, {}, 'Ada', { name: null }]) {
      expectRefused(await login(app, { user_data: data }), "the required field 'user_data.name' is missing");
    }
    const long = { user_data: { name: 'x'.repeat(4_097) } };
    expectRefused(await login(app, long), "the field 'user_data.name' is longer than 4096 characters");
  });
});

describe('the provider and its users', () => {
  it('lets nobody in while it or the user is disabled', async () => {
    const app = await makeApp();
    const { body } = await login(app);
    await server.admin.disable(app, body.user_id);
    expectError(await login(app), { status: 401, code: 'UserDisabled' });
    await server.admin.enable(app, body.user_id);
    expect((await login(app)).body.user_id).toBe(body.user_id);
    const configs = server.get(ProviderConfigsService);
    const config = (await configs.findByName(app, 'custom-token'))!;
    await configs.setDisabled(app, config._id, true);
    expectError(await login(app), { status: 404, code: 'AuthProviderNotFound' });
  });

  it('adds an identity to a user who is logged in, and answers a bad token with no 401', async () => {
    const app = await makeApp();
    const client = server.client(app);
    const { accessToken, userId } = await client.enterAnonymously();
    const link = async (claims?: JWTPayload, token = accessToken) =>
      client.request('POST', `${client.appPath}/auth/providers/custom-token/login?link=true`, {
        body: { token: await sign(app, claims) },
        token,
      });
    expectError(await link({ exp: 1 }), { status: 400, error: 'invalid custom auth token: it is expired' });
    expectJson(await link(), 200);
    expect((await login(app)).body.user_id).toBe(userId);
    expectJson(await link(), 200);
    const other = await client.enterAnonymously();
    expectError(await link({}, other.accessToken), { status: 409 });
  });

  it('is checked when it is saved', async () => {
    const admin = await makeAdmin(server);
    const app = await server.make.app({ providers: [] });
    const at = `${admin.app(app)}/auth_providers`;
    for (const [wrong, words] of [
      [{ config: { signingAlgorithm: 'none' } }, 'config.signingAlgorithm'],
      [{ config: { clockSkewSeconds: 61 } }, 'config.clockSkewSeconds'],
      [{ config: { audience: [7] } }, 'config.audience'],
      [{ secret_config: { signingKeys: ['a', 'b', 'c', 'd'] } }, 'at most 3 signing keys'],
      [{ metadata_fields: [{ name: 'a..b' }] }, 'a part of it is empty'],
      [{ metadata_fields: [{ name: 'a\\.b' }] }, 'give the field a field_name'],
      [{ metadata_fields: [{ name: 'a', field_name: '$a' }] }, 'give the field a field_name'],
      [{ metadata_fields: [{ name: 'a', field_name: 'x'.repeat(64) }] }, 'at most 63 characters'],
      [{ metadata_fields: [{ name: 'a' }, { name: 'b.a' }] }, 'the same field_name'],
    ] as const) {
      const { status, body } = await admin.post(at, { type: 'custom-token', ...wrong });
      expect([status, body.error]).toEqual([400, expect.stringContaining(words)]);
    }
    const kept = {
      config: { audience: '', signingAlgorithm: 'HS256', useJWKURI: false, jwkURI: '' },
      metadata_fields: [],
    };
    const made = await admin.post(at, { type: 'custom-token', ...kept });
    expect(made.status).toBe(201);
    expect((await admin.get(`${at}/${String(made.body['_id'])}`)).body).toMatchObject(kept);
  });
});

describe('SDKs', () => {
  const metadata_fields = [{ required: true, name: 'secret' }];

  it('log in: realm-web', async () => {
    const app = await makeApp({ metadata_fields });
    const realm = new RealmApp({ id: app.clientAppId, baseUrl: server.baseUrl });
    const user = await realm.logIn(Credentials.jwt(await sign(app, { secret: 'v3ry' })));
    expect(user.profile).toEqual({ secret: 'v3ry' });
    await expect(realm.logIn(Credentials.jwt(await sign(app, { exp: 1 })))).rejects.toMatchObject({
      statusCode: 401,
      errorCode: 'AuthError',
    });
  });

  it('log in: the Stitch server SDK', async () => {
    const app = await makeApp();
    const config = new StitchAppClientConfiguration.Builder()
      .withBaseUrl(server.baseUrl)
      .withDataDirectory(await mkdtemp(join(tmpdir(), 'latchkey-stitch-')));
    const client = Stitch.initializeAppClient(app.clientAppId, config.build());
    const user = await client.auth.loginWithCredential(new CustomCredential(await sign(app)));
    expect(user.identities).toEqual([expect.objectContaining({ id: 'ada', providerType: 'custom-token' })]);
    client.close();
    Stitch.clearApps();
  });

  it('log in: mongodb-stitch 3', async () => {
    const app = await makeApp({ metadata_fields });
    const client = await StitchClientFactory.create(app.clientAppId, { baseUrl: server.baseUrl });
    const userId = await client.authenticate('custom', await sign(app, { secret: 'v3ry' }));
    expect(await client.userProfile()).toMatchObject({
      user_id: userId,
      data: { secret: 'v3ry' },
      identities: [{ id: 'ada', provider_type: 'custom-token' }],
    });
  });
});
