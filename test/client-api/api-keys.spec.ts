import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { StitchClientFactory } from 'mongodb-stitch';
import {
  Stitch,
  StitchAppClientConfiguration,
  UserApiKeyAuthProviderClient,
  UserApiKeyCredential,
  ServerApiKeyCredential,
} from 'mongodb-stitch-server-sdk';
import { App as RealmApp, Credentials } from 'realm-web';
import { ServerKeysService } from '../../src/accounts/server-keys.service.js';
import type { App } from '../../src/apps/app.model.js';
import { Database } from '../../src/database/database.js';
import { WriteBehind } from '../../src/database/write-behind.js';
import { ProviderConfigsService } from '../../src/providers/provider-configs.service.js';
import { makeAdmin } from '../support/admin-client.js';
import { CLIENT_PATH, type Answer, type ApiClient, type Tokens } from '../support/client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { expectError, expectJson, INVALID_SESSION, REFRESH_TOKEN_NOT_FOUND } from '../support/expect-answer.js';
import { claimsOf } from '../support/tokens.js';
import { waitUntil } from '../support/wait.js';

const NOT_FOUND = { status: 404, code: 'APIKeyNotFound', error: 'API key not found' };
const UNAUTHORIZED = { status: 401, code: 'AuthError', error: 'unauthorized' };
const ID = /^[0-9a-f]{24}$/;
const KEY = /^[A-Za-z0-9]{64}$/;

let server: TestServer;
let app: App;
let client: ApiClient;
let ada: Tokens;
let people = 0;
beforeAll(async () => {
  server = await createTestServer();
  app = await server.make.app({
    providers: [
      { type: 'anon-user' },
      { type: 'local-userpass', settings: { config: { autoConfirm: true } } },
      { type: 'api-key' },
    ],
  });
  client = server.client(app);
});
afterAll(() => server.stop());
beforeEach(async () => {
  people += 1;
  ada = await client.enter(`ada${people}@example.com`, 'secret1');
});

const keys = (method: string, path = '', body?: unknown, { refreshToken } = ada): Promise<Answer> =>
  client.request(method, `${CLIENT_PATH}/auth/api_keys${path}`, { body, token: refreshToken });

async function make(name: string, owner = ada): Promise<{ id: string; key: string }> {
  const answer = await keys('POST', '', { name }, owner);
  expectJson(answer, 201);
  return { id: String(answer.body['_id']), key: String(answer.body['key']) };
}

const statusesOf = (answers: Answer[]) => answers.map(({ status }) => status).sort((a, b) => a - b);
const login = (key: unknown, from = client): Promise<Answer> => from.login('api-key', { key });

describe('keys that users make', () => {
  it('are shown once, and stored as a hash', async () => {
    const made = await keys('POST', '', { name: 'Key_1-a' });
    expectJson(made, 201);
    const shown = { _id: expect.stringMatching(ID), name: 'Key_1-a', disabled: false };
    expect(made.body).toEqual({ ...shown, key: expect.stringMatching(KEY) });
    expect((await keys('GET')).body).toEqual([shown]);
    expect((await keys('GET', `/${String(made.body['_id'])}`)).body).toEqual(shown);
    const stored = await server.get(Database).connection.db!.collection('api_keys').findOne({ name: 'Key_1-a' });
    expect(JSON.stringify(stored)).not.toContain(made.body['key']);
    expect(String(made.body['key'])).toContain(stored?.['prefix']);
  });

  it('log in as their owner', async () => {
    const { id, key } = await make('laptop');
    const { body } = await login(key);
    expect(body.user_id).toBe(ada.userId);
    expect(claimsOf(body.access_token)).toMatchObject({ sub: ada.userId });
    const profile = await client.profile(body.access_token);
    expect(profile.body).toMatchObject({
      type: 'normal',
      data: { email: `ada${people}@example.com` },
      identities: [{ provider_type: 'local-userpass' }],
    });
    await server.get(WriteBehind).flush();
    const admin = await makeAdmin(server);
    const at = `${admin.app(app)}/users/${ada.userId}/api_keys`;
    const second = expect.any(Number);
    expect((await admin.get(at)).body).toEqual([
      { _id: id, name: 'laptop', disabled: false, prefix: key.slice(0, 6), created: second, last_used: second },
    ]);
    expect((await admin.delete(`${at}/${id}`)).status).toBe(204);
    expect((await admin.delete(`${at}/${id}`)).status).toBe(404);
    expectError(await login(key), UNAUTHORIZED);
  });

  it.each([
    [{}, { status: 400, error: "'name' is a required string" }],
    [{ name: '' }, { status: 400, error: "'name' is a required string" }],
    [{ name: 7 }, { status: 400, error: "'name' is a required string" }],
    [{ name: { $ne: '' } }, { status: 400, error: "'name' is a required string" }],
    [
      { name: 'with blank' },
      {
        status: 400,
        code: 'InvalidParameter',
        error: 'can only contain ASCII letters, numbers, underscores, and hyphens',
      },
    ],
    [{ name: 'ä' }, { status: 400, code: 'InvalidParameter' }],
    [{ name: 'x'.repeat(129) }, { status: 400, code: 'InvalidParameter' }],
  ] as const)('have a name of their own: not %j', async (body, error) => {
    expectError(await keys('POST', '', body), error);
  });

  it('have names that are unique per user, also when made at once', async () => {
    const answers = await Promise.all(Array.from({ length: 4 }, () => keys('POST', '', { name: 'same' })));
    expect(statusesOf(answers)).toEqual([201, 409, 409, 409]);
    expectError(await keys('POST', '', { name: 'same' }), {
      status: 409,
      code: 'APIKeyAlreadyExists',
      error: 'API key with name already exists',
    });
    await make('Same');
    await make('same', await client.enter(`bob${people}@example.com`, 'secret1'));
  });

  it('are at most twenty, whoever races for the last place (C10)', async () => {
    for (let i = 0; i < 19; i += 1) await make(`key${i}`);
    const racers = Array.from({ length: 8 }, (_, i) => keys('POST', '', { name: `racer${i}` }));
    const answers = await Promise.all(racers);
    expect(statusesOf(answers)).toEqual([201, ...Array<number>(7).fill(400)]);
    expect((await keys('GET')).body).toHaveLength(20);
    const full = await keys('POST', '', { name: 'more' });
    expectError(full, { status: 400, code: 'BadRequest', error: 'a user may have at most 20 API keys' });
    const [first] = (await keys('GET')).body as unknown as { _id: string }[];
    expect((await keys('DELETE', `/${first!._id}`)).status).toBe(204);
    await make('more');
  });

  it('are not for anonymous users, until they are somebody', async () => {
    const anybody = await client.enterAnonymously();
    expectError(await keys('POST', '', { name: 'key' }, anybody), { status: 400, code: 'BadRequest' });
    const username = `late${people}@example.com`;
    await client.register({ email: username, password: 'secret1' });
    const linked = await client.request('POST', `${client.appPath}/auth/providers/local-userpass/login?link=true`, {
      body: { username, password: 'secret1' },
      token: anybody.accessToken,
    });
    expectJson(linked, 200);
    const { key } = await make('key', anybody);
    expect((await login(key)).body.user_id).toBe(anybody.userId);
  });

  it("are nobody else's to see or change", async () => {
    const { id, key } = await make('mine');
    const bob = await client.enter(`bob${people}@example.com`, 'secret1');
    for (const [method, path] of [
      ['GET', `/${id}`],
      ['DELETE', `/${id}`],
      ['PUT', `/${id}/enable`],
      ['PUT', `/${id}/disable`],
    ] as const) {
      expectError(await keys(method, path, undefined, bob), NOT_FOUND);
      expectError(await keys(method, path.replace(id, 'f'.repeat(24))), NOT_FOUND);
      expectError(await keys(method, path.replace(id, 'x')), NOT_FOUND);
    }
    expect((await keys('GET', '', undefined, bob)).text).toBe('[]');
    expect((await login(key)).status).toBe(200);
  });

  it('need the provider', async () => {
    const other = await server.make.app();
    const tokens = await server.client(other).enter('ada@example.com', 'secret1');
    const refused = await keys('POST', '', { name: 'key' }, tokens);
    expectError(refused, { status: 400, error: "the 'api-key' auth provider must be enabled first" });
    expectError(await login('x', server.client(other)), { status: 404, code: 'AuthProviderNotFound' });
  });
});

describe('a login with a key is refused', () => {
  it('where it is unknown, of another app, or no key', async () => {
    const { key } = await make('key');
    const other = await server.make.app({ providers: [{ type: 'api-key' }] });
    expectError(await login(key, server.client(other)), UNAUTHORIZED);
    for (const wrong of ['', key.slice(1), key.toLowerCase(), `${key} `]) expectError(await login(wrong), UNAUTHORIZED);
    for (const wrong of [undefined, null, 7, { $ne: '' }, ['x'], 'x'.repeat(1_025)]) {
      expect((await login(wrong)).status).toBe(400);
    }
  });

  it('while the key is disabled, and all it won is over for good (B21)', async () => {
    const { id, key } = await make('key');
    const won = client.tokens(await login(key));
    const byOther = client.tokens(await login((await make('other')).key));
    for (const _twice of [1, 2]) expect((await keys('PUT', `/${id}/disable`)).text).toBe('');
    expect((await keys('GET', `/${id}`)).body['disabled']).toBe(true);
    expectError(await login(key), UNAUTHORIZED);
    expectError(await client.profile(won.accessToken), INVALID_SESSION);
    expectError(await client.refresh(won.refreshToken), REFRESH_TOKEN_NOT_FOUND);
    for (const _twice of [1, 2]) expect((await keys('PUT', `/${id}/enable`)).status).toBe(204);
    expectJson(await login(key), 200);
    expectError(await client.profile(won.accessToken), INVALID_SESSION);
    for (const { accessToken } of [ada, byOther]) expectJson(await client.profile(accessToken), 200);
  });

  it('after the key was deleted, but not by a session of its own', async () => {
    const { id, key } = await make('key');
    const won = client.tokens(await login(key));
    expectError(await keys('DELETE', `/${id}`, undefined, won), { status: 403, code: 'APIKeyInUse' });
    expect((await keys('DELETE', `/${id}`)).status).toBe(204);
    expectError(await keys('DELETE', `/${id}`), NOT_FOUND);
    expectError(await login(key), UNAUTHORIZED);
    expectError(await client.profile(won.accessToken), INVALID_SESSION);
  });

  it('while its owner is disabled, and after it is deleted', async () => {
    const { key } = await make('key');
    await server.admin.disable(app, ada.userId);
    expectError(await login(key), { status: 401, code: 'UserDisabled' });
    await server.admin.enable(app, ada.userId);
    expectJson(await login(key), 200);
    await server.admin.delete(app, ada.userId);
    expectError(await login(key), UNAUTHORIZED);
  });

  it('while the provider is disabled', async () => {
    const { key } = await make('key');
    const configs = server.get(ProviderConfigsService);
    const { _id } = (await configs.findByName(app, 'api-key'))!;
    await configs.setDisabled(app, _id, true);
    expectError(await login(key), { status: 404, code: 'AuthProviderNotFound' });
    await configs.setDisabled(app, _id, false);
    expectJson(await login(key), 200);
  });

  it('however the login and the end of the key fall together: nothing that was won stays', async () => {
    for (let round = 0; round < 6; round += 1) {
      const { id, key } = await make(`key${round}`);
      const [, ...logins] = await Promise.all([keys('PUT', `/${id}/disable`), ...[1, 2, 3].map(() => login(key))]);
      for (const { status, body } of logins) {
        if (status !== 200) continue;
        expect((await client.profile(body.access_token)).status).toBe(401);
        expect((await client.refresh(body.refresh_token)).status).toBe(401);
      }
    }
  });

  it("to link, without a 401; with a key of one's own it is nothing new", async () => {
    const { key } = await make('key');
    const link = (body: object, token: string) =>
      client.request('POST', `${client.appPath}/auth/providers/api-key/login?link=true`, { body, token });
    expectError(await link({ key: 'x' }, ada.accessToken), { status: 400, error: 'invalid API key' });
    expect((await link({ key }, ada.accessToken)).body.user_id).toBe(ada.userId);
    const bob = await client.enter(`bob${people}@example.com`, 'secret1');
    expectError(await link({ key }, bob.accessToken), { status: 409 });
  });
});

describe('keys of servers', () => {
  const makeServerKey = async (name = `server${people}`) => {
    const { record, key } = await server.get(ServerKeysService).create(app, name);
    return { id: record._id, key };
  };

  it('log in as a user of type server', async () => {
    const { id, key } = await makeServerKey();
    const tokens = client.tokens(await login(key));
    expect((await client.profile(tokens.accessToken)).body).toMatchObject({
      type: 'server',
      data: { name: `server${people}` },
      identities: [{ id: id.toHexString(), provider_type: 'api-key' }],
    });
    expect(client.tokens(await login(key)).userId).toBe(tokens.userId);
    expectError(await keys('POST', '', { name: 'key' }, tokens), { status: 400, code: 'BadRequest' });
    expect((await keys('GET', '', undefined, tokens)).text).toBe('[]');
  });

  it('end with all that was won', async () => {
    const { id, key } = await makeServerKey();
    const tokens = client.tokens(await login(key));
    await server.get(ServerKeysService).setDisabled(app, id, true);
    expectError(await login(key), UNAUTHORIZED);
    expectError(await client.profile(tokens.accessToken), INVALID_SESSION);
    await server.get(ServerKeysService).setDisabled(app, id, false);
    const again = client.tokens(await login(key));
    expectError(await client.profile(tokens.accessToken), INVALID_SESSION);
    await server.get(ServerKeysService).delete(app, id);
    expectError(await login(key), UNAUTHORIZED);
    expectError(await client.profile(again.accessToken), INVALID_SESSION);
  });
});

describe('on two instances (B21)', () => {
  let other: TestServer;
  beforeAll(async () => {
    other = await createTestServer({ sharing: server });
  });
  afterAll(() => other.stop());

  it.each([
    ['the key is disabled', async (id: string) => keys('PUT', `/${id}/disable`)],
    ['the key is deleted', async (id: string) => keys('DELETE', `/${id}`)],
    ['its owner is disabled', async () => server.admin.disable(app, ada.userId)],
    ['its owner is deleted', async () => server.admin.delete(app, ada.userId)],
  ])('all that was won is over on both when %s on one', async (_what, end) => {
    const { id, key } = await make('key');
    const there = other.client(app);
    const won = await Promise.all([client, there].map(async (from) => from.tokens(await login(key, from))));
    for (const from of [client, there]) {
      for (const { accessToken } of won) expectJson(await from.profile(accessToken), 200);
    }
    await end(id);
    const started = performance.now();
    await waitUntil(async () => {
      const answers = await Promise.all(won.map(({ accessToken }) => there.profile(accessToken)));
      return answers.every(({ status }) => status === 401);
    });
    expect(performance.now() - started).toBeLessThan(5_000);
    for (const from of [client, there]) {
      expect((await login(key, from)).status).toBe(401);
      for (const { accessToken, refreshToken } of won) {
        expect((await from.profile(accessToken)).status).toBe(401);
        expect((await from.refresh(refreshToken)).status).toBe(401);
      }
    }
  });
});

describe('SDKs', () => {
  const sorted = (list: { name: string }[]) => list.map(({ name }) => name).sort();

  it('manage keys and log in: realm-web', async () => {
    const realm = new RealmApp({ id: app.clientAppId, baseUrl: server.baseUrl });
    const user = await realm.logIn(Credentials.emailPassword(`ada${people}@example.com`, 'secret1'));
    const { _id, key } = await user.apiKeys.create('web');
    expect(key).toMatch(KEY);
    await user.apiKeys.create('second');
    expect(sorted(await user.apiKeys.fetchAll())).toEqual(['second', 'web']);
    expect(await user.apiKeys.fetch(_id)).toEqual({ _id, name: 'web', disabled: false });
    const other = new RealmApp({ id: app.clientAppId, baseUrl: server.baseUrl });
    const same = await other.logIn(Credentials.apiKey(key));
    expect(same.id).toBe(user.id);
    await user.apiKeys.disable(_id);
    await expect(other.logIn(Credentials.apiKey(key))).rejects.toMatchObject({ statusCode: 401 });
    await user.apiKeys.enable(_id);
    await other.logIn(Credentials.apiKey(key));
    await user.apiKeys.delete(_id);
    await expect(user.apiKeys.fetch(_id)).rejects.toMatchObject({ statusCode: 404, errorCode: 'APIKeyNotFound' });
    const { key: serverKey } = await server.get(ServerKeysService).create(app, `realm${people}`);
    const asServer = await other.logIn(Credentials.apiKey(serverKey));
    expect(asServer.profile).toMatchObject({ name: `realm${people}` });
  });

  it('manage keys and log in: the Stitch server SDK', async () => {
    const storage = await mkdtemp(join(tmpdir(), 'latchkey-stitch-'));
    const config = new StitchAppClientConfiguration.Builder().withBaseUrl(server.baseUrl).withDataDirectory(storage);
    const stitch = Stitch.initializeAppClient(app.clientAppId, config.build());
    try {
      await stitch.auth.loginWithCredential(new UserApiKeyCredential((await make('first')).key));
      const own = stitch.auth.getProviderClient(UserApiKeyAuthProviderClient.factory);
      const { id, key } = await own.createApiKey('stitch');
      expect(sorted(await own.fetchApiKeys())).toEqual(['first', 'stitch']);
      expect(await own.fetchApiKey(id)).toMatchObject({ name: 'stitch', disabled: false });
      await own.disableApiKey(id);
      expect((await own.fetchApiKey(id)).disabled).toBe(true);
      await own.enableApiKey(id);
      const user = await stitch.auth.loginWithCredential(new UserApiKeyCredential(String(key)));
      expect(user.id).toBe(ada.userId);
      const { key: serverKey } = await server.get(ServerKeysService).create(app, `stitch${people}`);
      const asServer = await stitch.auth.loginWithCredential(new ServerApiKeyCredential(serverKey));
      expect(asServer.userType).toBe('server');
    } finally {
      stitch.close();
      Stitch.clearApps();
      await rm(storage, { recursive: true });
    }
  });

  it('manage keys and log in: mongodb-stitch 3', async () => {
    const stitch = await StitchClientFactory.create(app.clientAppId, { baseUrl: server.baseUrl });
    expect(await stitch.authenticate('apiKey', (await make('first')).key)).toBe(ada.userId);
    const { _id } = await stitch.createApiKey('old');
    expect(sorted(await stitch.getApiKeys())).toEqual(['first', 'old']);
    await stitch.disableApiKeyByID(_id);
    await stitch.enableApiKeyByID(_id);
    await stitch.deleteApiKeyByID(_id);
    expect(sorted(await stitch.getApiKeys())).toEqual(['first']);
  });
});
