import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  ApikeysApi,
  AppsApi,
  AuthprovidersApi,
  Configuration,
  CustomUserDataApi,
  DeployApi,
  EmailApi,
  FunctionsApi,
  SecretsApi,
  SecurityApi,
  ServicesApi,
  UsersApi,
  ValuesApi,
} from 'atlas-app-services-admin-api';
import {
  StitchAdminClientFactory,
  StitchClientFactory,
  type StitchAdminApp,
  type StitchAdminClient,
  type StitchAdminRecord,
} from 'mongodb-stitch';
import { ADMIN_PATH, makeAdmin, type AdminClient } from '../support/admin-client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';

const HEX_24 = /^[0-9a-f]{24}$/;
const CUSTOM_TOKEN = {
  type: 'custom-token',
  disabled: false,
  config: { audience: [], signingAlgorithm: 'HS256', useJWKURI: false },
  secret_config: { signingKeys: ['customTokenKey'] },
  metadata_fields: [{ required: true, name: 'user_data.name', field_name: 'name' }],
};
const BY_MAIL = {
  type: 'local-userpass',
  config: {
    emailConfirmationUrl: 'https://shop.example.com/confirm',
    resetPasswordUrl: 'https://shop.example.com/reset',
    confirmEmailSubject: 'Hi',
    resetPasswordSubject: 'Reset',
  },
};

let server: TestServer;
let owner: AdminClient;

beforeAll(async () => {
  server = await createTestServer();
});
afterAll(() => server.stop());
beforeEach(async () => {
  owner = await makeAdmin(server);
});

const groupId = () => owner.account.groupId.toHexString();
const idOfType = (records: readonly StitchAdminRecord[], type: string) =>
  records.find((record) => record['type'] === type)!._id;

describe('set-up scripts on the admin client of mongodb-stitch 3.18.0', () => {
  let admin: StitchAdminClient;
  let made: StitchAdminRecord;
  let app: StitchAdminApp;

  beforeEach(async () => {
    admin = await StitchAdminClientFactory.create(server.baseUrl);
    await admin.authenticate('userpass', { username: owner.account.email, password: owner.account.password });
    const [role] = (await admin.userProfile()).roles;
    expect(role!.group_id).toBe(groupId());
    made = await admin.apps(groupId()).create({ name: 'harness' });
    app = admin.apps(groupId()).app(made._id);
  });

  it('make an app with functions, providers, secrets, services and rules, and delete it', async () => {
    expect(made['client_app_id']).toMatch(/^harness-[a-z]{5}$/);
    const confirm = await app
      .functions()
      .create({ name: 'confirmFunc', private: false, source: 'exports = 1', can_evaluate: {} });
    const auth = await app
      .functions()
      .create({ name: 'authFunc', private: false, source: 'exports = 2', can_evaluate: {} });
    const providers = app.authProviders();
    await providers.create({ type: 'anon-user' });
    await providers.create({
      type: 'local-userpass',
      config: {
        autoConfirm: false,
        resetPasswordUrl: 'http://localhost/reset',
        emailConfirmationUrl: 'http://localhost/confirm',
        confirmEmailSubject: '',
        resetPasswordSubject: '',
        runConfirmationFunction: true,
        confirmationFunctionName: 'confirmFunc',
        confirmationFunctionId: confirm._id,
        runResetFunction: false,
      },
    });
    await providers.create({
      type: 'custom-function',
      config: { authFunctionName: 'authFunc', authFunctionId: auth._id },
    });
    const apiKeyProvider = idOfType(await providers.list(), 'api-key');
    await providers.authProvider(apiKeyProvider).enable();
    for (const name of ['BackingDB_uri', 'gcm', 'customTokenKey']) {
      const secret = await app.secrets().create({ name, value: 'my_very_confidential_secretttttt' });
      expect(secret).toEqual({ _id: expect.stringMatching(HEX_24), name });
    }
    await providers.create(CUSTOM_TOKEN);
    const listed = await providers.list();
    expect(listed.map(({ type }) => type)).toEqual([
      'api-key',
      'anon-user',
      'local-userpass',
      'custom-function',
      'custom-token',
    ]);
    expect(listed.every(({ disabled }) => disabled === false)).toBe(true);
    const token = await providers.authProvider(idOfType(listed, 'custom-token')).get();
    expect(token).toMatchObject(CUSTOM_TOKEN);

    const mongo = await app.services().create({ name: 'BackingDB', type: 'mongodb', config: { uri: 'mongodb://x' } });
    await app.sync().config().update({ development_mode_enabled: true });
    await app.services().service(mongo._id).rules().create({ database: 'd', collection: 'Dog', roles: [] });
    await app.customUserData().update({
      mongo_service_id: mongo._id,
      enabled: true,
      database_name: 'd',
      collection_name: 'UserData',
      user_id_field: 'user_id',
    });
    expect(await app.customUserData().get()).toMatchObject({ mongo_service_id: mongo._id, enabled: true });
    await app.services().create({ name: 'gcm', type: 'gcm', config: { senderId: 'gcm' }, version: 1 });
    expect((await app.services().list()).map(({ name }) => name)).toEqual(['BackingDB', 'gcm']);

    await app.remove();
    await expect(app.get()).rejects.toMatchObject({ code: 'NotFound' });
  });

  it('change, switch off and delete a provider', async () => {
    const providers = app.authProviders();
    const { _id } = await providers.create(BY_MAIL);
    await providers.authProvider(_id).update({ config: { confirmEmailSubject: 'Welcome' } });
    const full = await providers.authProvider(_id).get();
    expect(full['config']).toEqual({ ...BY_MAIL.config, confirmEmailSubject: 'Welcome' });
    await expect(providers.authProvider(_id).remove()).rejects.toMatchObject({ code: 'BadRequest' });
    await providers.authProvider(_id).disable();
    await providers.authProvider(_id).remove();
    expect((await providers.list()).map(({ type }) => type)).toEqual(['api-key']);
    await expect(providers.create({ type: 'local-userpass' })).rejects.toMatchObject({ code: 'InvalidParameter' });
  });

  it('confirm a client that registers, log it out, disable and delete it', async () => {
    await app.authProviders().create(BY_MAIL);
    const clientAppId = String(made['client_app_id']);
    const client = await StitchClientFactory.create(clientAppId, { baseUrl: server.baseUrl });
    await client.register('stitch@example.com', 'password');
    expect(await app.userRegistrations().listPending()).toMatchObject([
      { login_ids: [{ id_type: 'email', id: 'stitch@example.com', confirmed: false }], user_id: '' },
    ]);
    const pair = await app.userRegistrations().sendConfirmationEmail('stitch@example.com');
    await client.auth.provider('userpass').emailConfirm(pair.token_id, pair.token);
    const userId = await client.login('stitch@example.com', 'password');
    expect(await app.userRegistrations().listPending()).toEqual([]);

    const users = app.users();
    expect(await users.count()).toBe(1);
    expect(await users.list()).toMatchObject([{ _id: userId, type: 'normal', data: { email: 'stitch@example.com' } }]);
    await users.user(userId).logout();
    await expect(client.userProfile()).rejects.toMatchObject({ code: 'InvalidSession' });
    await users.user(userId).disable();
    await expect(client.login('stitch@example.com', 'password')).rejects.toMatchObject({ code: 'UserDisabled' });
    await users.user(userId).enable();
    expect(await client.login('stitch@example.com', 'password')).toBe(userId);
    await users.user(userId).remove();
    expect(await users.list()).toEqual([]);
    const direct = await users.create({ email: 'direct@example.com', password: 'password' });
    expect(await client.login('direct@example.com', 'password')).toBe(direct._id);
  });

  it('make, switch and delete server keys', async () => {
    const keys = app.apiKeys();
    await expect(keys.create({ name: 'worker' })).rejects.toMatchObject({ code: 'BadRequest' });
    await app
      .authProviders()
      .authProvider(idOfType(await app.authProviders().list(), 'api-key'))
      .enable();
    const key = await keys.create({ name: 'worker' });
    expect(key).toMatchObject({ name: 'worker', disabled: false, key: expect.stringMatching(/^[A-Za-z0-9]{64}$/) });
    await keys.apiKey(key._id).disable();
    expect(await keys.list()).toEqual([{ _id: key._id, name: 'worker', disabled: true }]);
    await keys.apiKey(key._id).enable();
    expect(await keys.apiKey(key._id).get()).toEqual({ _id: key._id, name: 'worker', disabled: false });
    await keys.apiKey(key._id).remove();
    expect(await keys.list()).toEqual([]);
  });

  it('deploy a draft, which is live already, and keep origins and values', async () => {
    const draft = await app.drafts().create();
    await app.security().allowedRequestOrigins().update(['https://shop.example.com']);
    expect(await app.security().allowedRequestOrigins().get()).toEqual(['https://shop.example.com']);
    await app.values().create({ name: 'greeting', value: 'hi', private: false });
    expect(await app.values().list()).toMatchObject([{ name: 'greeting' }]);
    const deployment = await app.drafts().deploy(draft._id);
    expect(await app.deploy().deployments().get(deployment._id)).toMatchObject({ status: 'successful' });
    await app.drafts().delete((await app.drafts().create())._id);
    expect(await app.drafts().list()).toEqual([]);
  });
});

describe('the importer on atlas-app-services-admin-api 1.5.6', () => {
  let configuration: Configuration;
  let at: [group: string, app: string];

  beforeEach(async () => {
    configuration = new Configuration({ basePath: server.baseUrl + ADMIN_PATH, accessToken: owner.accessToken! });
    const made = await new AppsApi(configuration).adminCreateApplication(groupId(), { name: 'imported' });
    expect(made.status).toBe(201);
    at = [groupId(), (made.data as StitchAdminRecord)._id];
  });

  it('goes through from the draft to its deployment', async () => {
    const deploy = new DeployApi(configuration);
    const draft = (await deploy.adminCreateDeploymentDraft(...at)).data as StitchAdminRecord;
    const secrets = new SecretsApi(configuration);
    expect((await secrets.adminCreateASecret(...at, { name: 'customTokenKey', value: 'x'.repeat(32) })).status).toBe(
      201,
    );
    expect((await secrets.adminGetAllSecrets(...at)).data).toMatchObject([{ name: 'customTokenKey' }]);
    await new ValuesApi(configuration).adminCreateValue(...at, { name: 'greeting', value: 'hi' } as never);
    const service = await new ServicesApi(configuration).adminCreateService(...at, {
      name: 'mongodb-atlas',
      type: 'mongodb-atlas',
    });
    expect(service.status).toBe(201);
    const wanted = { name: 'confirmFunc', private: true, source: 'exports = 1', can_evaluate: {} };
    const functions = new FunctionsApi(configuration);
    expect((await functions.adminCreateFunction(...at, wanted as never)).status).toBe(201);
    expect((await functions.adminListFunctions(...at)).data).toMatchObject([{ name: 'confirmFunc' }]);

    const providers = new AuthprovidersApi(configuration);
    const list = async () => (await providers.adminListAuthProviders(...at)).data as unknown as StitchAdminRecord[];
    const apiKey = idOfType(await list(), 'api-key');
    const file = { id: '5c0000000000000000000001', name: 'api-key', type: 'api-key', disabled: false };
    expect((await providers.adminUpdateAuthProvider(...at, apiKey, file)).status).toBe(204);
    for (const provider of [{ name: 'anon-user', type: 'anon-user', disabled: false }, BY_MAIL, CUSTOM_TOKEN]) {
      expect((await providers.adminCreateAuthProvider(...at, provider)).status).toBe(201);
    }
    expect((await list()).map(({ type, disabled }) => [type, disabled])).toEqual([
      ['api-key', false],
      ['anon-user', false],
      ['local-userpass', false],
      ['custom-token', false],
    ]);

    const data = new CustomUserDataApi(configuration);
    expect((await data.adminSetCustomUserDataConfig(...at, { enabled: true, user_id_field: 'uid' })).status).toBe(204);
    expect((await data.adminGetCustomUserDataConfig(...at)).data).toMatchObject({
      enabled: true,
      user_id_field: 'uid',
    });
    const security = new SecurityApi(configuration);
    expect((await security.adminSetAllowedRequestOrigins(...at, ['https://shop.example.com'])).status).toBe(204);
    expect((await security.adminListAllowedRequestOrigins(...at)).data).toEqual(['https://shop.example.com']);
    await security.adminSetRefreshTokenExpiration(...at, { expiration_time_seconds: 3_600 });
    expect((await security.adminGetRefreshTokenExpiration(...at)).data).toEqual({ expiration_time_seconds: 3_600 });
    const deployed = await deploy.adminDeployDraft(...at, draft._id);
    expect(deployed.status).toBe(201);
    const { _id } = deployed.data as StitchAdminRecord;
    expect((await deploy.adminGetDeployment(...at, _id)).data).toMatchObject({ status: 'successful' });
    expect((await new AppsApi(configuration).adminDeleteApplication(...at)).status).toBe(204);
  });

  it('looks after users, pending users and keys', async () => {
    const providers = new AuthprovidersApi(configuration);
    await providers.adminCreateAuthProvider(...at, BY_MAIL);
    const { data: app } = await new AppsApi(configuration).adminGetApplication(...at);
    const client = server.client((app as unknown as { client_app_id: string }).client_app_id);
    const users = new UsersApi(configuration);
    const created = await users.adminCreateUser(...at, { email: 'ada@example.com', password: 'password' });
    const id = (created.data as StitchAdminRecord)._id;
    expect(created.status).toBe(201);
    const login = { username: 'ada@example.com', password: 'password' };
    const tokens = client.tokens(await client.login('local-userpass', login));
    const verified = await users.adminVerifyUserAccessToken(...at, { token: tokens.accessToken });
    expect(verified.data).toMatchObject({ sub: id });
    expect((await users.adminDisableUser(...at, id)).status).toBe(204);
    expect((await users.adminGetUser(...at, id)).data).toMatchObject({ _id: id, disabled: true });
    expect((await users.adminEnableUser(...at, id)).status).toBe(204);
    expect((await users.adminUserLogout(...at, id)).status).toBe(204);
    expect((await users.adminListDevices(...at, id)).status).toBe(200);
    expect((await users.adminResetUserEmail(...at, id, { email: 'lovelace@example.com' })).status).toBe(204);

    await client.register({ email: 'bob@example.com', password: 'password' });
    expect((await users.adminListPendingUsers(...at)).data).toHaveLength(1);
    expect((await new EmailApi(configuration).adminSendConfirmationEmail(...at, 'bob@example.com')).status).toBe(200);
    expect((await new EmailApi(configuration).adminConfirmPendingUser(...at, 'bob@example.com')).status).toBe(204);
    expect((await users.adminListPendingUsers(...at)).data).toMatchObject([{ login_ids: [{ confirmed: true }] }]);
    expect((await client.login('local-userpass', { username: 'bob@example.com', password: 'password' })).status).toBe(
      200,
    );
    expect((await users.adminListPendingUsers(...at)).data).toEqual([]);
    expect((await users.adminDeleteUser(...at, id)).status).toBe(204);
    await expect(users.adminGetUser(...at, id)).rejects.toMatchObject({
      response: { status: 404, data: { error_code: 'UserNotFound' } },
    });

    const { data } = await providers.adminListAuthProviders(...at);
    await providers.adminEnableAuthProvider(...at, idOfType(data, 'api-key'));
    const keys = new ApikeysApi(configuration);
    const key = (await keys.adminCreateApiKey(...at, { name: 'worker' })).data as StitchAdminRecord;
    expect(key['key']).toMatch(/^[A-Za-z0-9]{64}$/);
    expect((await keys.adminDisableApiKey(...at, key._id)).status).toBe(204);
    expect((await keys.adminListApiKeys(...at)).data).toEqual([{ _id: key._id, name: 'worker', disabled: true }]);
    expect((await keys.adminDeleteApiKey(...at, key._id)).status).toBe(204);
  });
});
