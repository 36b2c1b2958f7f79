import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { makeAdmin, makeGroup, type AdminClient } from '../support/admin-client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';

let server: TestServer;

beforeAll(async () => {
  server = await createTestServer();
});

afterAll(() => server.stop());

interface Key {
  _id: string;
  public_key: string;
  private_key: string;
}

async function makeKey(admin: AdminClient, role_name = 'GROUP_ADMIN'): Promise<Key> {
  const { status, body } = await admin.post(`${admin.group}/api_keys`, { name: 'CI', role_name });
  expect(status).toBe(201);
  return body as unknown as Key;
}

describe('an administrator’s key', () => {
  it('logs in as a pair, and by its private part alone', async () => {
    const owner = await makeAdmin(server, 'GROUP_OWNER', { groupId: await makeGroup(server) });
    const key = await makeKey(owner);
    const pair = await owner.login('mongodb-cloud', { username: key.public_key, apiKey: key.private_key });
    const alone = await owner.login('api-key', { key: key.private_key });
    for (const { status, body } of [pair, alone]) {
      expect(status).toBe(200);
      expect(body.user_id).toBe(key._id);
      const profile = await owner.get('/auth/profile', { token: body.access_token });
      expect(profile.body['roles']).toEqual([
        { role_name: 'GROUP_ADMIN', group_id: owner.account.groupId.toHexString() },
      ]);
      expect(profile.body).toMatchObject({ type: 'normal', data: { name: 'CI' } });
      expect((await owner.post('/auth/session', undefined, { token: body.refresh_token })).status).toBe(201);
    }
  });

  it('shows its private part once', async () => {
    const owner = await makeAdmin(server, 'GROUP_OWNER', { groupId: await makeGroup(server) });
    const key = await makeKey(owner);
    expect(key.private_key).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    const { text } = await owner.get(`${owner.group}/api_keys`);
    expect(text).not.toContain(key.private_key);
    expect(JSON.parse(text)).toEqual([
      {
        _id: key._id,
        name: 'CI',
        role_name: 'GROUP_ADMIN',
        public_key: key.public_key,
        created: expect.any(Number),
        last_login: 0,
      },
    ]);
  });

  it('that is not right is refused in the words that tools know', async () => {
    const owner = await makeAdmin(server);
    const key = await makeKey(owner);
    const error = 'failed to authenticate with MongoDB Cloud API: You are not authorized for this resource.';
    for (const body of [
      { username: key.public_key, apiKey: 'wrong' },
      { username: 'nobody', apiKey: key.private_key },
      { username: key.public_key, apiKey: 'x'.repeat(5_000) },
    ]) {
      const refused = await owner.login('mongodb-cloud', body);
      expect([refused.status, refused.body]).toEqual([401, { error }]);
    }
    expect((await owner.login('api-key', { key: key.public_key })).body).toMatchObject({ error_code: 'AuthError' });
    expect((await owner.login('api-key', { key: { $ne: '' } })).status).toBe(400);
  });

  it('ends with all its sessions when it is deleted', async () => {
    const owner = await makeAdmin(server);
    const key = await makeKey(owner);
    const { body } = await owner.login('api-key', { key: key.private_key });
    expect((await owner.delete(`${owner.group}/api_keys/${key._id}`)).status).toBe(204);
    expect((await owner.get('/auth/profile', { token: body.access_token })).status).toBe(401);
    expect((await owner.post('/auth/session', undefined, { token: body.refresh_token })).status).toBe(401);
    expect((await owner.login('api-key', { key: key.private_key })).status).toBe(401);
    expect(await owner.delete(`${owner.group}/api_keys/${key._id}`)).toMatchObject({
      status: 404,
      body: { error_code: 'APIKeyNotFound' },
    });
  });

  it('is never stronger than who makes or deletes it, and makes no groups', async () => {
    const groupId = await makeGroup(server);
    const owner = await makeAdmin(server, 'GROUP_OWNER', { groupId });
    const admin = await makeAdmin(server, 'GROUP_ADMIN', { groupId });
    const path = `${admin.group}/api_keys`;
    expect((await admin.post(path, { name: 'up', role_name: 'GROUP_OWNER' })).status).toBe(403);
    const strong = await makeKey(owner, 'GROUP_OWNER');
    expect((await admin.delete(`${path}/${strong._id}`)).status).toBe(403);
    const { body } = await owner.login('api-key', { key: strong.private_key });
    expect((await owner.post('/groups', { name: 'x' }, { token: body.access_token })).status).toBe(403);
    const change = { old_password: strong.private_key, password: 'a new password' };
    expect((await owner.put('/auth/password', change, { token: body.access_token })).status).toBe(400);
  });

  it('of another group is not found', async () => {
    const owner = await makeAdmin(server, 'GROUP_OWNER', { groupId: await makeGroup(server) });
    const other = await makeAdmin(server, 'GROUP_OWNER', { groupId: await makeGroup(server) });
    const key = await makeKey(other);
    expect((await owner.delete(`${owner.group}/api_keys/${key._id}`)).status).toBe(404);
    expect((await owner.get(`${other.group}/api_keys`)).body).toMatchObject({ error: 'group could not be found' });
  });
});
