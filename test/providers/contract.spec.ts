import { afterAll, beforeAll } from '@jest/globals';
import { SignJWT } from 'jose';
import type { App } from '../../src/apps/app.model.js';
import { FunctionRecordsService } from '../../src/functions/function-records.service.js';
import type { NewProvider } from '../../src/providers/provider-configs.service.js';
import { SecretsService } from '../../src/secrets/secrets.service.js';
import { CLIENT_PATH } from '../support/client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { IdentityProvider } from '../support/identity-provider.js';
import { TestWebhook } from '../support/loopback.js';
import { makeOidcApp } from '../support/oidc-app.js';
import { describeProvider } from '../support/provider-contract.js';
import { leave } from '../support/redirect-login.js';

let server: TestServer;
let hook: TestWebhook;
let issuer: IdentityProvider;
beforeAll(async () => {
  [server, hook, issuer] = await Promise.all([createTestServer(), TestWebhook.start(), IdentityProvider.start()]);
});
afterAll(async () => {
  await hook.stop();
  await issuer.stop();
  await server.stop();
});

const EMAIL: NewProvider = { type: 'local-userpass', settings: { config: { autoConfirm: true } } };
const appWith = (...providers: NewProvider[]): Promise<App> =>
  server.make.app({ providers: [{ type: 'anon-user' }, ...providers] });

describeProvider(() => server, {
  name: 'local-userpass',
  makeApp: () => appWith(EMAIL),
  credentials: async (app, subject) => {
    const [email, password] = [`${subject}@example.com`, 'secret1'];
    await server.client(app).register({ email, password });
    return { username: email, password };
  },
  wrong: {
    'a wrong password': async (app) => {
      await server.client(app).register({ email: 'eve@example.com', password: 'secret1' });
      return { username: 'eve@example.com', password: 'secret2' };
    },
    'an unknown address': () => ({ username: 'nobody@example.com', password: 'secret1' }),
    'no password': () => ({ username: 'nobody@example.com' }),
    operators: () => ({ username: { $ne: '' }, password: { $ne: '' } }),
  },
});

/** The key of a person, by app and subject. */
const keys = new Map<string, Promise<string>>();

async function makeKey(app: App, subject: string): Promise<string> {
  const client = server.client(app);
  const { refreshToken } = await client.enter(`${subject}@example.com`, 'secret1');
  const path = `${CLIENT_PATH}/auth/api_keys`;
  const { body } = await client.request('POST', path, { body: { name: 'key' }, token: refreshToken });
  return String(body['key']);
}

describeProvider(() => server, {
  name: 'api-key',
  links: false,
  makeApp: () => appWith(EMAIL, { type: 'api-key' }),
  credentials: async (app, subject) => {
    const id = `${app.clientAppId} ${subject}`;
    const made = keys.get(id) ?? makeKey(app, subject);
    keys.set(id, made);
    return { key: await made };
  },
  wrong: {
    'an unknown key': () => ({ key: 'x'.repeat(64) }),
    'an empty key': () => ({ key: '' }),
    'no key': () => ({}),
    operators: () => ({ key: { $ne: '' } }),
  },
});

const secretOf = (app: App): string => `what signs tokens of ${app.clientAppId}, at length`;

function sign(app: App, claims: object, secret = secretOf(app), alg = 'HS256'): Promise<string> {
  const now = Math.floor(Date.now() / 1_000);
  return new SignJWT({ sub: 'eve', aud: app.clientAppId, exp: now + 60, ...claims })
    .setProtectedHeader({ alg })
    .sign(new TextEncoder().encode(secret));
}

describeProvider(() => server, {
  name: 'custom-token',
  makeApp: async () => {
    const settings = { secret_config: { signingKeys: ['signs'] }, metadata_fields: [{ name: 'name' }] };
    const app = await appWith({ type: 'custom-token', settings });
    await server.get(SecretsService).create(app, { name: 'signs', value: secretOf(app) });
    return app;
  },
  credentials: async (app, subject) => ({ token: await sign(app, { sub: subject }) }),
  withName: async (app, sub, name) => ({ token: await sign(app, { sub, name }) }),
  wrong: {
    'an expired token': async (app) => ({ token: await sign(app, { exp: 1 }) }),
    'another audience': async (app) => ({ token: await sign(app, { aud: 'another' }) }),
    'another key': async (app) => ({ token: await sign(app, {}, 'x'.repeat(32)) }),
    'another algorithm': async (app) => ({ token: await sign(app, {}, secretOf(app), 'HS384') }),
    'no token': () => ({ token: 'x' }),
    operators: () => ({ token: { $ne: '' } }),
  },
});

/** A backend that believes whoever names the app of the call. */
function believe(): void {
  hook.answer = ({ body }, response) => {
    const { app, subject, name } = body.arguments[0] as { app: string; subject: string; name?: string };
    if (app !== body.app) response.writeHead(401).end();
    else response.end(JSON.stringify({ id: subject, name }));
  };
}

const saying = (answer: unknown, status?: number) => async (app: App) => {
  hook.says(answer, status);
  return { app: app.clientAppId, subject: 'eve' };
};

describeProvider(() => server, {
  name: 'custom-function',
  makeApp: async () => {
    const app = await appWith({ type: 'custom-function', settings: { config: { authFunctionName: 'login' } } });
    await server.get(SecretsService).create(app, { name: 'signs', value: secretOf(app) });
    const wanted = { name: 'login', webhookUrl: hook.url, secret: 'signs', rest: {} };
    await server.get(FunctionRecordsService).create(app, wanted);
    return app;
  },
  credentials: async (app, subject) => {
    believe();
    return { app: app.clientAppId, subject };
  },
  withName: async (app, subject, name) => {
    believe();
    return { app: app.clientAppId, subject, name };
  },
  wrong: {
    'a refusal': saying({ error: 'not you' }, 403),
    'a number for an id': saying(0),
    'an empty id': saying('""'),
    'nothing for an id': saying(null),
    'an object for an id': saying({ id: { $ne: '' } }),
    'half a character': saying('"a\\ud800"'),
    'a long id': saying(JSON.stringify('x'.repeat(1_025))),
  },
  troubles: {
    'out of order': saying('', 500),
    'no backend at all': saying('<html>'),
    endless: saying(JSON.stringify('x'.repeat(70_000))),
    gone: async (app) => {
      hook.answer = (_call, response) => void response.destroy();
      return { app: app.clientAppId, subject: 'eve' };
    },
    silent: async (app) => {
      hook.answer = () => undefined;
      return { app: app.clientAppId, subject: 'eve' };
    },
  },
});

/** The client of an app at the issuer: every app has one of its own. */
const clients = new WeakMap<App, string>();
let count = 0;

const idToken = (app: App, claims: object): Promise<string> => issuer.idToken({ aud: clients.get(app), ...claims });

describeProvider(() => server, {
  name: 'oidc',
  makeApp: async () => {
    const clientId = `client${(count += 1)}`;
    const app = await makeOidcApp(server, issuer.issuer, {
      config: { clientId },
      metadata_fields: [{ name: 'name' }],
    });
    clients.set(app, clientId);
    return app;
  },
  credentials: async (app, sub) => ({ id_token: await idToken(app, { sub }) }),
  leaveAs: async (app, sub) => issuer.as(await leave(server, app, 'oidc'), { sub }),
  withName: async (app, sub, name) => ({ id_token: await idToken(app, { sub, name }) }),
  wrong: {
    'of another client (C03)': async () => ({ id_token: await issuer.idToken({ aud: 'another' }) }),
    'of another issuer (C03)': async (app) => ({ id_token: await idToken(app, { iss: 'https://evil.example' }) }),
    expired: async (app) => ({ id_token: await idToken(app, { exp: 1_000_000_000 }) }),
    'of another login': async (app) => ({ id_token: await idToken(app, { nonce: 'a' }), nonce: 'b' }),
    'no token': () => ({ id_token: 'a.b.c' }),
    operators: () => ({ id_token: { $ne: '' } }),
  },
});
