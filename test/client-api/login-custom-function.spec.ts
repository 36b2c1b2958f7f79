import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Injectable, Module } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ObjectId } from 'mongodb';
import { FunctionCredential, Stitch, StitchAppClientConfiguration } from 'mongodb-stitch-server-sdk';
import { App as RealmApp, Credentials } from 'realm-web';
import type { App } from '../../src/apps/app.model.js';
import { FunctionRecordsService } from '../../src/functions/function-records.service.js';
import { AuthFunction, FunctionRefused, FunctionRegistry, type FunctionCall } from '../../src/index.js';
import { SecretsService } from '../../src/secrets/secrets.service.js';
import { makeAdmin } from '../support/admin-client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { expectError, expectJson } from '../support/expect-answer.js';
import { TestWebhook } from '../support/loopback.js';

/** Knows everybody who says please. */
@Injectable()
class PoliteLogin extends AuthFunction {
  readonly name = 'politeLogin';
  readonly seen: FunctionCall[] = [];
  override async run(call: FunctionCall): Promise<unknown> {
    this.seen.push(call);
    const { who, please } = call.arguments[0] as { who: unknown; please?: boolean };
    if (!please) throw new FunctionRefused('say please');
    return { id: `polite-${String(who)}`, name: String(who), role: 'admin' };
  }
}

@Module({ providers: [PoliteLogin], exports: [PoliteLogin] })
class PoliteModule {
  constructor(registry: FunctionRegistry, login: PoliteLogin) {
    registry.register(login);
  }
}

let server: TestServer;
let hook: TestWebhook;
let byModule: App;
let byWebhook: App;
beforeAll(async () => {
  server = await createTestServer({ modules: [PoliteModule] });
  hook = await TestWebhook.start();
  byModule = await makeApp('politeLogin');
  byWebhook = await makeApp('hooked');
  await server.get(SecretsService).create(byWebhook, { name: 'signs', value: 'what signs' });
  const wanted = { name: 'hooked', webhookUrl: hook.url, secret: 'signs', rest: {} };
  await server.get(FunctionRecordsService).create(byWebhook, wanted);
});
afterAll(async () => {
  await hook.stop();
  await server.stop();
});
beforeEach(() => {
  hook.calls.length = 0;
  server.get(PoliteLogin).seen.length = 0;
});

const makeApp = (authFunctionName: string): Promise<App> =>
  server.make.app({
    providers: [{ type: 'anon-user' }, { type: 'custom-function', settings: { config: { authFunctionName } } }],
  });

const login = (app: App, body: object) => server.client(app).login('custom-function', body);

describe('login by a function', () => {
  it('hands over what was sent but the device, and takes id and name from the answer', async () => {
    const client = server.client(byModule);
    const id = new ObjectId();
    const device = { platform: 'node' };
    const body = { who: { $oid: id.toHexString() }, please: true, n: { $numberInt: '3' }, options: { device } };
    const answer = await login(byModule, body);
    expectJson(answer, 200);
    expect(server.get(PoliteLogin).seen).toEqual([
      { clientAppId: byModule.clientAppId, arguments: [{ who: id, please: true, n: 3 }] },
    ]);
    const name = id.toHexString();
    expect((await client.profile(answer.body.access_token)).body).toMatchObject({
      data: { name },
      identities: [{ id: `polite-${name}`, provider_type: 'custom-function' }],
    });
    expect((await client.profile(answer.body.access_token)).text).not.toContain('admin');
  });

  it('tells the client what the function says, and of no failure but that there was one', async () => {
    expectError(await login(byModule, { who: 'ada' }), { status: 401, code: 'AuthError', error: 'say please' });
    hook.says({ error: 'not you' }, 403);
    expectError(await login(byWebhook, {}), { status: 401, code: 'AuthError', error: 'not you' });
    hook.says('<b>secret</b>');
    expectError(await login(byWebhook, {}), {
      status: 502,
      code: 'FunctionFailed',
      error: 'a function that is needed for this did not answer as it should',
    });
    hook.says(0);
    expectError(await login(byWebhook, {}), {
      status: 401,
      code: 'AuthError',
      error: 'the id that the function gave is missing',
    });
  });

  it('lets nobody in by a function that is nowhere; the audit trail says why', async () => {
    const app = await makeApp('nowhere');
    expectError(await login(app, { id: 'ada' }), { status: 401, code: 'AuthError', error: 'unauthorized' });
    const { accessToken } = await server.client(app).enterAnonymously();
    const path = `${server.client(app).appPath}/auth/providers/custom-function/login?link=true`;
    const linked = await server.client(app).request('POST', path, { body: { id: 'ada' }, token: accessToken });
    expectError(linked, { status: 400, code: 'BadRequest', error: 'unauthorized' });
    const admin = await makeAdmin(server);
    const { text } = await admin.get(`${admin.app(app)}/audit`);
    expect(text).toContain('FunctionMissing');
  });

  it('counts names and ids of another app for nothing', async () => {
    const { _id } = (await server.get(FunctionRecordsService).list(byWebhook))[0]!;
    const settings = { config: { authFunctionName: '', authFunctionId: _id.toHexString() } };
    const other = await server.make.app({ providers: [{ type: 'custom-function', settings }] });
    expectError(await login(other, {}), { status: 401, code: 'AuthError' });
    expect(hook.calls).toEqual([]);
  });

  it('is set up by name or by id, and not by neither', async () => {
    const admin = await makeAdmin(server);
    const app = await server.make.app({ providers: [] });
    const at = `${admin.app(app)}/auth_providers`;
    for (const config of [
      undefined,
      {},
      { authFunctionName: '' },
      { authFunctionName: null, authFunctionId: '' },
      { authFunctionName: 7 },
    ]) {
      expect([config, (await admin.post(at, { type: 'custom-function', config })).status]).toEqual([config, 400]);
    }
    const config = { authFunctionName: '', authFunctionId: new ObjectId().toHexString() };
    const made = await admin.post(at, { type: 'custom-function', config });
    expect(made.status).toBe(201);
    expect((await admin.get(`${at}/${String(made.body['_id'])}`)).body).toMatchObject({ config });
  });
});

describe.each([
  ['a webhook', () => byWebhook, { who: 'ada', at: new Date(0) }],
  ['a module', () => byModule, { who: 'ada', please: true }],
] as const)('SDKs log in by %s', (_what, getApp, payload) => {
  beforeEach(() => hook.says({ id: 'polite-ada', name: 'ada' }));

  it('realm-web', async () => {
    const realm = new RealmApp({ id: getApp().clientAppId, baseUrl: server.baseUrl });
    const user = await realm.logIn(Credentials.function(payload));
    expect(user.profile).toEqual({ name: 'ada' });
    expect(user.identities).toEqual([{ id: 'polite-ada', providerType: 'custom-function' }]);
    const anybody = await realm.logIn(Credentials.anonymous());
    await expect(anybody.linkCredentials(Credentials.function(payload))).rejects.toMatchObject({ statusCode: 409 });
  });

  it('the Stitch server SDK', async () => {
    const storage = await mkdtemp(join(tmpdir(), 'latchkey-stitch-'));
    const config = new StitchAppClientConfiguration.Builder().withBaseUrl(server.baseUrl).withDataDirectory(storage);
    const stitch = Stitch.initializeAppClient(getApp().clientAppId, config.build());
    try {
      const user = await stitch.auth.loginWithCredential(
        new FunctionCredential(payload as object as Record<string, string>),
      );
      expect(user.profile.name).toBe('ada');
      expect(user.identities).toMatchObject([{ id: 'polite-ada', providerType: 'custom-function' }]);
    } finally {
      stitch.close();
      Stitch.clearApps();
      await rm(storage, { recursive: true });
    }
  });
});

it('reached the webhook with canonical values', async () => {
  hook.says('"ada"');
  const realm = new RealmApp({ id: byWebhook.clientAppId, baseUrl: server.baseUrl });
  await realm.logIn(Credentials.function({ n: 1, at: new Date(0) }));
  expect(hook.calls.map(({ body }) => body)).toEqual([
    {
      app: byWebhook.clientAppId,
      function: 'hooked',
      arguments: [{ n: { $numberInt: '1' }, at: { $date: { $numberLong: '0' } } }],
    },
  ]);
});
