import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AdminApi, Configuration } from 'atlas-app-services-admin-api';
import { StitchAdminClientFactory, type StitchAdminClient } from 'mongodb-stitch';
import { ADMIN_PATH, makeAdmin, type AdminClient } from '../support/admin-client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { FakeClock } from '../support/fake-clock.js';
import { RequestCounter } from '../support/request-counter.js';

let server: TestServer;
let requests: RequestCounter;
const clock = new FakeClock();

beforeAll(async () => {
  server = await createTestServer({ clock });
});
afterAll(() => server.stop());
beforeEach(async () => {
  requests = await RequestCounter.inFrontOf(server.baseUrl);
});
afterEach(() => requests.stop());

async function makeKey(admin: AdminClient): Promise<{ _id: string; public_key: string; private_key: string }> {
  const { body } = await admin.post(`${admin.group}/api_keys`, { name: 'tool', role_name: 'GROUP_ADMIN' });
  return body as unknown as { _id: string; public_key: string; private_key: string };
}

describe('the admin client of mongodb-stitch 3.18.0', () => {
  let client: StitchAdminClient;
  let owner: AdminClient;

  beforeEach(async () => {
    owner = await makeAdmin(server);
    client = await StitchAdminClientFactory.create(requests.baseUrl);
  });

  it('logs in by password, finds its group in the profile, and logs out', async () => {
    const { email, password, id, groupId } = owner.account;
    await client.authenticate('userpass', { username: email, password });
    const profile = await client.userProfile();
    expect(profile).toMatchObject({ user_id: id, roles: [{ group_id: groupId.toHexString() }] });
    expect(await client.getAuthProviders()).toHaveLength(3);
    await client.logout();
    expect(client.isAuthenticated()).toBe(false);
    expect(requests.seen.at(-1)).toBe(`DELETE ${ADMIN_PATH}/auth/session 204`);
  });

  it('logs in by key, and by key pair', async () => {
    const key = await makeKey(owner);
    await client.authenticate('apiKey', key.private_key);
    expect((await client.userProfile()).user_id).toBe(key._id);
    await client.logout();
    await client.authenticate('mongodbCloud', { username: key.public_key, apiKey: key.private_key });
    expect((await client.userProfile()).user_id).toBe(key._id);
  });

  it('refreshes once after half an hour, and gives up once the session is over', async () => {
    const { email, password } = owner.account;
    await client.authenticate('userpass', { username: email, password });
    clock.advance(1_801);
    requests.reset();
    await client.userProfile();
    expect(requests.seen).toEqual([
      `GET ${ADMIN_PATH}/auth/profile 401`,
      `POST ${ADMIN_PATH}/auth/session 201`,
      `GET ${ADMIN_PATH}/auth/profile 200`,
    ]);
    clock.advance(61 * 86_400);
    requests.reset();
    await expect(client.userProfile()).rejects.toMatchObject({ code: 'InvalidSession' });
    expect(requests.seen).toEqual([`GET ${ADMIN_PATH}/auth/profile 401`, `POST ${ADMIN_PATH}/auth/session 401`]);
    expect(client.isAuthenticated()).toBe(false);
  });
});

describe('atlas-app-services-admin-api 1.5.6', () => {
  it('logs in by key pair, refreshes, reads the profile and logs out', async () => {
    const key = await makeKey(await makeAdmin(server));
    const basePath = requests.baseUrl + ADMIN_PATH;
    const login = await new AdminApi(new Configuration({ basePath })).adminLogin('mongodb-cloud', {
      username: key.public_key,
      apiKey: key.private_key,
    });
    expect(login.status).toBe(200);
    const { access_token: access = '', refresh_token: refresh = '' } = login.data;
    const profile = await new AdminApi(new Configuration({ basePath, accessToken: access })).getAdminProfile();
    expect(profile.data.roles?.[0]).toMatchObject({ role_name: 'GROUP_ADMIN' });
    const byRefresh = new AdminApi(new Configuration({ basePath, accessToken: refresh }));
    expect((await byRefresh.adminCreateSession()).status).toBe(201);
    expect((await byRefresh.adminDeleteSession()).status).toBe(204);
    await expect(byRefresh.adminCreateSession()).rejects.toMatchObject({
      response: { status: 401, data: { error_code: 'InvalidSession' } },
    });
  });
});
