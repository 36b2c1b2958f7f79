import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { makeAdmin, makeGroup, nobody, type AdminClient } from '../support/admin-client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';

interface Listed {
  _id: string;
  email: string;
  role_name: string;
  status: string;
}

let server: TestServer;

beforeAll(async () => {
  server = await createTestServer();
});

afterAll(() => server.stop());

async function list(admin: AdminClient): Promise<Listed[]> {
  return JSON.parse((await admin.get(`${admin.group}/administrators`)).text) as Listed[];
}

async function invite(admin: AdminClient, email: string, role_name: string): Promise<{ id: string; token: string }> {
  const { status, body } = await admin.post(`${admin.group}/administrators`, { email, role_name });
  expect(status).toBe(201);
  const link = new URL(String(body['link']));
  expect(link.href.startsWith(`${server.publicUrl}/console/invitation?token=`)).toBe(true);
  return { id: String(body['_id']), token: link.searchParams.get('token')! };
}

describe('groups', () => {
  it('are made by an owner, who owns them, and seen by nobody else', async () => {
    const owner = await makeAdmin(server);
    const made = await owner.post('/groups', { name: 'Research' });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ name: 'Research', role_name: 'GROUP_OWNER' });
    const id = String(made.body['_id']);
    const names = async (admin: AdminClient) =>
      (JSON.parse((await admin.get('/groups')).text) as { name: string }[]).map(({ name }) => name);
    expect(await names(owner)).toEqual(['default', 'Research']);
    expect(await names(await makeAdmin(server))).toEqual(['default']);
    expect((await owner.get(`/groups/${id}/administrators`)).status).toBe(200);
    const weak = await makeAdmin(server, 'GROUP_ADMIN');
    expect((await weak.post('/groups', { name: 'Mine' })).status).toBe(403);
    expect((await owner.post('/groups', { name: '' })).status).toBe(400);
  });
});

describe('an invitation', () => {
  it('makes an administrator, once', async () => {
    const owner = await makeAdmin(server, 'GROUP_OWNER', { groupId: await makeGroup(server) });
    const { token } = await invite(owner, 'new@example.com', 'GROUP_SUPPORT');
    expect((await list(owner)).map(({ email, status }) => [email, status])).toEqual([
      [owner.account.email, 'active'],
      ['new@example.com', 'invited'],
    ]);
    const guest = nobody(server, owner.account.groupId);
    const accept = (password: string) => guest.post('/auth/invitations/accept', { token, password });
    expect((await accept('short')).status).toBe(400);
    const accepted = await accept('long enough');
    expect(accepted.status).toBe(201);
    expect(accepted.body).toMatchObject({ email: 'new@example.com' });
    expect(await accept('long enough')).toMatchObject({ status: 401, body: { error_code: 'LinkRefused' } });
    const login = await guest.login('local-userpass', { username: 'new@example.com', password: 'long enough' });
    expect(login.status).toBe(200);
    const profile = await guest.get('/auth/profile', { token: login.body.access_token });
    expect(profile.body['roles']).toEqual([
      { role_name: 'GROUP_SUPPORT', group_id: owner.account.groupId.toHexString() },
    ]);
    expect(await list(owner)).toHaveLength(2);
  });

  it('has exactly one winner among many at once', async () => {
    const owner = await makeAdmin(server, 'GROUP_OWNER', { groupId: await makeGroup(server) });
    const { token } = await invite(owner, 'race@example.com', 'GROUP_ADMIN');
    const guest = nobody(server, owner.account.groupId);
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => guest.post('/auth/invitations/accept', { token, password: 'long enough' })),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(statuses.every((status) => [201, 400, 401, 409].includes(status))).toBe(true);
  });

  it('is void once a new one is made, or it is taken back', async () => {
    const owner = await makeAdmin(server, 'GROUP_OWNER', { groupId: await makeGroup(server) });
    const guest = nobody(server, owner.account.groupId);
    const first = await invite(owner, 'twice@example.com', 'GROUP_OWNER');
    const second = await invite(owner, 'Twice@Example.com', 'GROUP_READ_ONLY');
    const accept = (token: string) => guest.post('/auth/invitations/accept', { token, password: 'long enough' });
    expect((await accept(first.token)).status).toBe(401);
    expect((await owner.delete(`${owner.group}/administrators/${second.id}`)).status).toBe(204);
    expect((await accept(second.token)).status).toBe(401);
    expect(await list(owner)).toHaveLength(1);
  });

  it('asks somebody who is an administrator elsewhere for the password they have', async () => {
    const owner = await makeAdmin(server, 'GROUP_OWNER', { groupId: await makeGroup(server) });
    const known = await makeAdmin(server, 'GROUP_READ_ONLY');
    const { token } = await invite(owner, known.account.email, 'GROUP_ADMIN');
    const accept = (password: string) => known.post('/auth/invitations/accept', { token, password });
    expect((await accept('some new password')).status).toBe(400);
    expect((await known.get(owner.group)).status).toBe(404);
    expect((await accept(known.account.password)).status).toBe(201);
    expect((await known.get(`${owner.group}/administrators`)).status).toBe(200);
    const again = await owner.post(`${owner.group}/administrators`, {
      email: known.account.email,
      role_name: 'GROUP_ADMIN',
    });
    expect(again.status).toBe(409);
  });

  it('wants an address and a role that there is', async () => {
    const owner = await makeAdmin(server);
    const path = `${owner.group}/administrators`;
    expect((await owner.post(path, { email: 'no address', role_name: 'GROUP_ADMIN' })).status).toBe(400);
    expect((await owner.post(path, { email: 'a@b.example', role_name: 'GROUP_KING' })).status).toBe(400);
    expect((await owner.post(path, { email: ['a@b.example'], role_name: 'GROUP_ADMIN' })).status).toBe(400);
  });
});

describe('roles', () => {
  it('change at once, in both directions', async () => {
    const groupId = await makeGroup(server);
    const owner = await makeAdmin(server, 'GROUP_OWNER', { groupId });
    const other = await makeAdmin(server, 'GROUP_READ_ONLY', { groupId });
    const path = `${owner.group}/administrators/${other.account.id}`;
    const tryToInvite = async () =>
      (await other.post(`${owner.group}/administrators`, { email: 'x@y.example', role_name: 'GROUP_READ_ONLY' }))
        .status;
    expect(await tryToInvite()).toBe(403);
    expect((await owner.patch(path, { role_name: 'GROUP_ADMIN' })).status).toBe(204);
    expect(await tryToInvite()).toBe(201);
    expect((await owner.patch(path, { role_name: 'GROUP_SUPPORT' })).status).toBe(204);
    expect(await tryToInvite()).toBe(403);
  });

  it('let nobody give, take or touch what is above their own', async () => {
    const groupId = await makeGroup(server);
    const owner = await makeAdmin(server, 'GROUP_OWNER', { groupId });
    const admin = await makeAdmin(server, 'GROUP_ADMIN', { groupId });
    const path = `${admin.group}/administrators`;
    expect((await admin.post(path, { email: 'x@y.example', role_name: 'GROUP_OWNER' })).status).toBe(403);
    expect((await admin.patch(`${path}/${owner.account.id}`, { role_name: 'GROUP_ADMIN' })).status).toBe(403);
    expect((await admin.patch(`${path}/${admin.account.id}`, { role_name: 'GROUP_OWNER' })).status).toBe(403);
    expect((await admin.delete(`${path}/${owner.account.id}`)).status).toBe(403);
    const { id } = await invite(owner, 'second@owner.example', 'GROUP_OWNER');
    expect((await admin.delete(`${path}/${id}`)).status).toBe(403);
    expect((await admin.patch(`${path}/${id}`, { role_name: 'GROUP_READ_ONLY' })).status).toBe(403);
    expect((await list(owner)).map(({ role_name }) => role_name)).toEqual([
      'GROUP_OWNER',
      'GROUP_ADMIN',
      'GROUP_OWNER',
    ]);
  });
});

describe('removing an administrator', () => {
  it('ends their sessions where it was their last group, and frees the address', async () => {
    const groupId = await makeGroup(server);
    const owner = await makeAdmin(server, 'GROUP_OWNER', { groupId });
    const other = await makeAdmin(server, 'GROUP_ADMIN', { groupId });
    const path = `${owner.group}/administrators/${other.account.id}`;
    expect((await owner.delete(path)).status).toBe(204);
    expect((await other.get('/auth/profile')).status).toBe(401);
    expect((await other.post('/auth/session', undefined, { token: other.refreshToken })).status).toBe(401);
    expect((await owner.delete(path)).status).toBe(404);
    await invite(owner, other.account.email, 'GROUP_ADMIN');
  });

  it('does not reach into another group', async () => {
    const owner = await makeAdmin(server, 'GROUP_OWNER', { groupId: await makeGroup(server) });
    const stranger = await makeAdmin(server, 'GROUP_READ_ONLY', { groupId: await makeGroup(server) });
    const path = `${owner.group}/administrators/${stranger.account.id}`;
    expect((await owner.delete(path)).status).toBe(404);
    expect((await owner.patch(path, { role_name: 'GROUP_ADMIN' })).status).toBe(404);
    expect((await stranger.get('/auth/profile')).status).toBe(200);
  });

  it('never takes the last owner', async () => {
    const owner = await makeAdmin(server, 'GROUP_OWNER', { groupId: await makeGroup(server) });
    const path = `${owner.group}/administrators/${owner.account.id}`;
    for (const answer of [await owner.delete(path), await owner.patch(path, { role_name: 'GROUP_ADMIN' })]) {
      expect(answer).toMatchObject({ status: 409, body: { error_code: 'LastOwner' } });
    }
    expect((await owner.patch(path, { role_name: 'GROUP_OWNER' })).status).toBe(204);
  });

  it('leaves one of two owners who remove or weaken each other at once', async () => {
    for (let round = 0; round < 6; round += 1) {
      const groupId = await makeGroup(server);
      const [ada, bob] = [
        await makeAdmin(server, 'GROUP_OWNER', { groupId }),
        await makeAdmin(server, 'GROUP_OWNER', { groupId }),
      ];
      await Promise.all([
        ada.delete(`${ada.group}/administrators/${bob.account.id}`),
        bob.patch(`${bob.group}/administrators/${ada.account.id}`, { role_name: 'GROUP_READ_ONLY' }),
      ]);
      const left = (await Promise.all([ada, bob].map(list))).find((listed) => Array.isArray(listed));
      expect(left?.filter(({ role_name }) => role_name === 'GROUP_OWNER')).toHaveLength(1);
    }
  });
});
