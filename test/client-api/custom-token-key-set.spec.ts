import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SignJWT } from 'jose';
import { App as RealmApp, Credentials } from 'realm-web';
import type { App } from '../../src/apps/app.model.js';
import { makeAdmin } from '../support/admin-client.js';
import type { Answer } from '../support/client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { expectError, expectJson } from '../support/expect-answer.js';
import { FakeClock } from '../support/fake-clock.js';
import { serve, type Loopback } from '../support/loopback.js';
import { describeProvider } from '../support/provider-contract.js';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const nextRsa = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ed = generateKeyPairSync('ed25519');
const jwk = (key: KeyObject, rest: object = {}) => ({ ...key.export({ format: 'jwk' }), ...rest });
const GOOD = { keys: [jwk(rsa.publicKey, { kid: 'good' })] };

const clock = new FakeClock();
let server: TestServer;
let publisher: Loopback;
let asked = 0;
/** What is published; a function answers by itself. */
let published: object | string | ((response: ServerResponse) => void) = GOOD;
beforeAll(async () => {
  server = await createTestServer({ clock });
  publisher = await serve((_request, response) => {
    asked += 1;
    if (typeof published === 'function') published(response);
    else response.end(typeof published === 'string' ? published : JSON.stringify(published));
  });
});
afterAll(async () => {
  await publisher.stop();
  await server.stop();
});
beforeEach(() => {
  published = GOOD;
  asked = 0;
});

let count = 0;

/** Each app has an address of its own: what is known of one is not asked again for another app. */
const makeApp = (config: object = {}): Promise<App> => {
  const settings = { config: { useJWKURI: true, jwkURI: `${publisher.url}/${(count += 1)}`, ...config } };
  return server.make.app({ providers: [{ type: 'anon-user' }, { type: 'custom-token', settings }] });
};

interface Signing {
  key?: KeyObject | Uint8Array;
  header?: object;
  claims?: object;
}

async function sign(app: App, { key = rsa.privateKey, header = { kid: 'good' }, claims = {} }: Signing = {}) {
  const exp = clock.now().getTime() / 1_000 + 60;
  const payload = { sub: 'ada', aud: app.clientAppId, exp, ...claims };
  return new SignJWT(payload).setProtectedHeader({ alg: 'RS256', ...header }).sign(key);
}

const login = async (app: App, signing?: Signing): Promise<Answer> =>
  server.client(app).login('custom-token', { token: await sign(app, signing) });

const NOT_AMONG = 'invalid custom auth token: its key is none of those at the configured address';
const UPSTREAM = { status: 502, code: 'UpstreamFailed' };

describe('keys at an address', () => {
  it('are asked for once, also by many logins at once', async () => {
    const app = await makeApp();
    const answers = await Promise.all([login(app), login(app), login(app)]);
    for (const answer of answers) expectJson(answer, 200);
    expectJson(await login(app), 200);
    expectJson(await login(app, { header: {} }), 200);
    expect(asked).toBe(1);
    clock.advance(601);
    expectJson(await login(app), 200);
    expect(asked).toBe(2);
  });

  it('may be one key alone, or of another algorithm if so configured', async () => {
    published = jwk(rsa.publicKey, { kid: 'good' });
    expectJson(await login(await makeApp()), 200);
    for (const [signingAlgorithm, { publicKey, privateKey }] of [
      ['ES256', ec],
      ['EdDSA', ed],
    ] as const) {
      published = { keys: [jwk(publicKey, { kid: 'good' })] };
      const app = await makeApp({ signingAlgorithm });
      expectJson(await login(app, { key: privateKey, header: { kid: 'good', alg: signingAlgorithm } }), 200);
    }
  });

  it('rotate: an unknown one is asked for, but not at every wish', async () => {
    const app = await makeApp();
    expectJson(await login(app), 200);
    const next = { key: nextRsa.privateKey, header: { kid: 'next' } };
    expectError(await login(app, next), { status: 401, code: 'AuthError', error: NOT_AMONG });
    expect(asked).toBe(1);
    published = { keys: [jwk(nextRsa.publicKey, { kid: 'next' })] };
    clock.advance(15);
    expectJson(await login(app, next), 200);
    for (let i = 0; i < 5; i += 1) expectError(await login(app), { status: 401, error: NOT_AMONG });
    expect(asked).toBe(2);
  });

  it('work though others beside them are of no use (B25)', async () => {
    const shortRsa = generateKeyPairSync('rsa', { modulusLength: 1_024 }).publicKey;
    published = {
      keys: [
        { kty: 'AKP', kid: 'akp', alg: 'ML-DSA-44', pub: 'x' },
        { kty: 'OKP', crv: 'X25519', x: 'x', kid: 'x' },
        { kty: 'RSA', kid: 'broken', n: '!', e: 'AQAB' },
        { kty: 'oct', kid: 'shared', k: 'c2VjcmV0' },
        null,
        7,
        jwk(shortRsa, { kid: 'short' }),
        jwk(nextRsa.publicKey, { kid: 'good' }),
        jwk(nextRsa.publicKey, { kid: 'encrypts', use: 'enc' }),
        jwk(nextRsa.publicKey, { kid: 'other', alg: 'RS512' }),
        jwk(nextRsa.publicKey, { kid: 'wraps', key_ops: ['wrapKey'] }),
        ...Array.from({ length: 200 }, (_, i) => jwk(ec.publicKey, { kid: `k${i}` })),
        jwk(rsa.publicKey, { kid: 'good' }),
      ],
    };
    const app = await makeApp();
    expectJson(await login(app), 200);
    for (const kid of ['encrypts', 'other', 'wraps']) {
      const refused = await login(app, { key: nextRsa.privateKey, header: { kid } });
      expectError(refused, { status: 401, error: NOT_AMONG });
    }
  });

  it('never make a shared secret of what is public (C04)', async () => {
    const app = await makeApp({ signingAlgorithm: 'HS256' });
    const spki = rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const forged = await login(app, { key: new TextEncoder().encode(spki), header: { alg: 'HS256', kid: 'good' } });
    expectError(forged, { status: 401, error: 'invalid custom auth token: its algorithm is not the configured one' });
    const own = jwk(nextRsa.publicKey);
    const brought = await login(app, {
      key: nextRsa.privateKey,
      header: { kid: 'good', jwk: own, jku: publisher.url },
    });
    expectError(brought, { status: 401, error: 'invalid custom auth token: its signature is not valid' });
    expectJson(await login(app), 200);
  });

  it('go on for an hour while the address is out of order, and no longer', async () => {
    const app = await makeApp();
    expectJson(await login(app), 200);
    published = (response) => void response.writeHead(500).end();
    clock.advance(50 * 60);
    expectJson(await login(app), 200);
    expect(asked).toBe(2);
    clock.advance(11 * 60);
    expectError(await login(app), UPSTREAM);
    expectError(await login(app), UPSTREAM);
    expect(asked).toBe(3);
    published = GOOD;
    clock.advance(15);
    expectJson(await login(app), 200);
  });

  it('lead nowhere inside (C34)', async () => {
    const app = await makeApp({ jwkURI: 'https://169.254.169.254/keys' });
    const answer = await login(app);
    expectError(answer, UPSTREAM);
    expect(answer.text).not.toContain('169.254');
  });

  it('are set up with an address that is one', async () => {
    const admin = await makeAdmin(server);
    const app = await server.make.app({ providers: [] });
    const at = `${admin.app(app)}/auth_providers`;
    for (const jwkURI of [
      undefined,
      '',
      'x',
      'http://example.com/keys',
      'ftp://example.com',
      'https://a:b@example.com',
    ]) {
      const { status, body } = await admin.post(at, { type: 'custom-token', config: { useJWKURI: true, jwkURI } });
      expect([jwkURI, status, body.error]).toEqual([
        jwkURI,
        400,
        expect.stringContaining('config.jwkURI: expected an https URL'),
      ]);
    }
    const config = { useJWKURI: 'true', jwkURI: 'https://issuer.example/keys', signingAlgorithm: '' };
    expect((await admin.post(at, { type: 'custom-token', config })).status).toBe(201);
  });

  it('log in with the SDK', async () => {
    const app = await makeApp();
    const realm = new RealmApp({ id: app.clientAppId, baseUrl: server.baseUrl });
    const { identities } = await realm.logIn(Credentials.jwt(await sign(app)));
    expect(identities).toEqual([{ id: 'ada', providerType: 'custom-token' }]);
  });
});

const troubled = (trouble: typeof published) => async (app: App) => {
  published = trouble;
  clock.advance(3_601);
  return { token: await sign(app) };
};

describeProvider(() => server, {
  name: 'custom-token',
  makeApp: () => makeApp(),
  credentials: async (app, sub) => ({ token: await sign(app, { claims: { sub } }) }),
  wrong: {
    'an expired token': async (app) => ({ token: await sign(app, { claims: { exp: 1 } }) }),
    'another audience': async (app) => ({ token: await sign(app, { claims: { aud: 'another' } }) }),
    'another key': async (app) => ({ token: await sign(app, { key: nextRsa.privateKey }) }),
    'an unknown key': async (app) => ({ token: await sign(app, { header: { kid: 'unknown' } }) }),
  },
  troubles: {
    gone: troubled((response) => void response.destroy()),
    'out of order': troubled((response) => void response.writeHead(503).end()),
    elsewhere: troubled((response) => void response.writeHead(302, { location: '/keys' }).end()),
    'no key set': troubled('<html>'),
    empty: troubled({ keys: [] }),
    'of another shape': troubled({ keys: { good: 1 } }),
    endless: troubled('x'.repeat(300_000)),
    silent: troubled(() => undefined),
  },
});
