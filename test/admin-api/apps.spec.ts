import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { App } from '../../src/apps/app.model.js';
import { Database } from '../../src/database/database.js';
import { makeAdmin, makeGroup, type AdminClient } from '../support/admin-client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';

let server: TestServer;
let admin: AdminClient;

beforeAll(async () => {
  server = await createTestServer();
  admin = await makeAdmin(server, 'GROUP_OWNER', { groupId: await makeGroup(server) });
});
afterAll(() => server.stop());

const listOf = (value: unknown) => value as Record<string, unknown>[];

describe('apps', () => {
  it('are made with one disabled api-key provider, no users and an open access list', async () => {
    const made = await admin.post(`${admin.group}/apps?product=standard`, {
      name: 'Shop_1',
      template_id: 'x',
      sync: {},
    });
    expect(made.status).toBe(201);
    expect(made.headers.get('content-type')).toBe('application/json');
    expect(made.body).toEqual({
      _id: expect.stringMatching(/^[0-9a-f]{24}$/),
      client_app_id: expect.stringMatching(/^shop_1-[a-z]{5}$/),
      name: 'Shop_1',
      location: 'US-VA',
      provider_region: 'aws-us-east-1',
      deployment_model: 'GLOBAL',
      domain_id: expect.stringMatching(/^[0-9a-f]{24}$/),
      group_id: admin.account.groupId.toHexString(),
      last_used: expect.any(Number),
      last_modified: expect.any(Number),
      product: 'standard',
      environment: '',
    });
    const app = `${admin.group}/apps/${String(made.body['_id'])}`;
    expect((await admin.get(app)).body).toEqual(made.body);
    const providers = listOf((await admin.get(`${app}/auth_providers`)).body);
    expect(providers).toEqual([{ _id: expect.any(String), name: 'api-key', type: 'api-key', disabled: true }]);
    expect((await admin.get(`${app}/users`)).text).toBe('[]');
    expect((await admin.get(`${app}/users_count`)).text).toBe('0');
    expect((await admin.get(`${app}/security/access_list`)).body).toMatchObject({
      allowed_ips: [{ address: '0.0.0.0/0', includes_current: true }],
    });
    expect((await admin.get(`${app}/custom_user_data`)).body).toEqual({
      mongo_service_id: '',
      database_name: '',
      collection_name: '',
      user_id_field: '',
      on_user_creation_function_id: '',
      enabled: false,
    });
  });

  it('are listed once, by product', async () => {
    const group = await makeGroup(server);
    const owner = await makeAdmin(server, 'GROUP_OWNER', { groupId: group });
    const { body } = await owner.post(`${owner.group}/apps`, { name: 'one' });
    expect(listOf((await owner.get(`${owner.group}/apps`)).body)).toEqual([body]);
    expect(listOf((await owner.get(`${owner.group}/apps?product=standard`)).body)).toEqual([body]);
    for (const product of ['atlas', 'data-api', 'device-sync']) {
      expect((await owner.get(`${owner.group}/apps?product=${product}`)).text).toBe('[]');
    }
    expect(listOf((await owner.get(`${owner.group}/apps?product=atlas,standard`)).body)).toHaveLength(1);
  });

  it('refuse names that could not stand in an address', async () => {
    for (const name of ['', '1a', 'a b', 'ä', 'a'.repeat(33), 7, { $gt: '' }, undefined]) {
      const { status } = await admin.post(`${admin.group}/apps`, { name });
      expect(status).toBe(400);
    }
  });

  it('are deleted with everything that belongs to them', async () => {
    const app = await server.make.app({ group: admin.account.groupId });
    const client = server.client(app);
    const anna = await server.make.emailUser(app);
    const tokens = client.tokens(
      await client.login('local-userpass', { username: anna.email, password: anna.password }),
    );
    await admin.post(`${admin.app(app)}/secrets`, { name: 'a', value: 'b' });
    expect((await admin.delete(admin.app(app))).status).toBe(204);
    expect((await admin.get(admin.app(app))).status).toBe(404);
    expect((await admin.delete(admin.app(app))).status).toBe(404);
    expect((await client.login('anon-user')).status).toBe(404);
    expect((await client.profile(tokens.accessToken)).status).toBe(401);
    expect((await client.refresh(tokens.refreshToken)).body.error_code).toBe('InvalidSession');
    const { connection } = server.get(Database);
    for (const model of Object.values(connection.models)) {
      if (model.schema.path('app') === undefined) continue;
      expect([model.modelName, await model.collection.countDocuments({ app: app._id })]).toEqual([model.modelName, 0]);
    }
  });

  it('describe themselves', async () => {
    const app = await server.make.app({ group: admin.account.groupId });
    const { body } = await admin.get(`${admin.app(app)}/description`);
    expect(body).toMatchObject({
      client_app_id: app.clientAppId,
      custom_user_data: { enabled: false },
      auth_providers: [
        { name: 'anon-user', type: 'anon-user', enabled: true },
        { name: 'local-userpass', type: 'local-userpass', enabled: true },
      ],
      values: [],
      functions: [],
      data_sources: [],
    });
  });

  it('are nobody else’s: another group’s administrator sees a 404', async () => {
    const app = await server.make.app({ group: admin.account.groupId });
    const stranger = await makeAdmin(server, 'GROUP_OWNER', { groupId: await makeGroup(server) });
    expect((await stranger.get(admin.app(app))).status).toBe(404);
    expect((await stranger.get(`${stranger.group}/apps/${app._id.toHexString()}`)).status).toBe(404);
    expect((await stranger.delete(`${stranger.group}/apps/${app._id.toHexString()}`)).status).toBe(404);
    expect((await admin.get(admin.app(app))).status).toBe(200);
  });

  it('take an empty body with a JSON type on calls without one', async () => {
    const app = await server.make.app({ group: admin.account.groupId });
    const [provider] = listOf((await admin.get(`${admin.app(app)}/auth_providers`)).body);
    const path = `${admin.app(app)}/auth_providers/${String(provider?.['_id'])}/disable`;
    const answer = await admin.put(path, '', { contentType: 'application/json;charset=utf-8' });
    expect([answer.status, answer.text, answer.headers.get('content-type')]).toEqual([204, '', null]);
  });
});

describe('what is not offered', () => {
  let app: App;
  beforeAll(async () => {
    app = await server.make.app({ group: admin.account.groupId });
  });

  it('is named in a 404 of the usual shape', async () => {
    for (const [method, path] of [
      ['GET', 'triggers'],
      ['POST', 'hosting/assets'],
      ['PUT', 'graphql/config'],
      ['GET', 'security/private_endpoints'],
    ] as const) {
      const { status, body } = await admin.request(method, `${admin.app(app)}/${path}`);
      expect([status, body.error_code]).toEqual([404, 'NotSupported']);
      expect(body.error).toContain(path.split('/')[0]);
    }
  });

  it('says so only to who may see the app', async () => {
    const stranger = await makeAdmin(server, 'GROUP_OWNER', { groupId: await makeGroup(server) });
    expect((await stranger.get(`${admin.app(app)}/triggers`)).body.error_code).toBe('NotFound');
  });

  it('is not confused with an address that leads nowhere', async () => {
    expect((await admin.get(`${admin.app(app)}/users/1/2/3`)).body.error_code).toBe('NotFound');
  });
});
