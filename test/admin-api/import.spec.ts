import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { App } from '../../src/apps/app.model.js';
import { makeAdmin, makeGroup, nobody, type AdminClient } from '../support/admin-client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';

let server: TestServer;
let admin: AdminClient;
let app: App;
let at: string;

beforeAll(async () => {
  server = await createTestServer();
  admin = await makeAdmin(server, 'GROUP_ADMIN');
});
afterAll(() => server.stop());
beforeEach(async () => {
  app = await server.make.app({ providers: [] });
  at = admin.app(app);
});

const EXPORT = {
  app_id: 'elsewhere-abcde',
  name: 'elsewhere',
  allowed_request_origins: ['https://shop.example.com'],
  auth: {
    providers: {
      'anon-user': { name: 'anon-user', type: 'anon-user', disabled: true },
      'local-userpass': {
        name: 'local-userpass',
        type: 'local-userpass',
        disabled: false,
        config: { runResetFunction: true, resetFunctionName: 'reset', resetFunctionId: '5f0000000000000000000001' },
      },
    },
    custom_user_data: { enabled: true, database_name: 'shop', collection_name: 'profiles', user_id_field: 'uid' },
  },
  functions: { configs: [{ name: 'reset' }, { name: 'other' }], sources: { 'reset.js': 'exports = 1' } },
  triggers: [{ name: 'onSignUp' }],
};

const providers = async () => {
  const { body } = await admin.get(`${at}/auth_providers`);
  return body as unknown as { _id: string; type: string; disabled: boolean }[];
};

describe('POST import', () => {
  it('with diff=true says what it would do, and writes nothing', async () => {
    const { status, body } = await admin.post(`${at}/import?strategy=replace-by-name&diff=true`, EXPORT);
    expect(status).toBe(200);
    expect(body).toEqual([
      expect.stringMatching(/^new: function reset \(/),
      'left out: functions that logging in does not call: 1',
      'new: provider anon-user, disabled',
      'new: provider local-userpass',
      'new: allowed request origins (https://shop.example.com)',
      'new: custom user data (on: tokens carry it)',
      expect.stringMatching(/^note: custom user data/),
      'left out: triggers',
      expect.stringMatching(/^note: users/),
    ]);
    expect(await providers()).toEqual([]);
    expect((await admin.get(`${at}/functions`)).body).toEqual([]);
  });

  it('does it, names functions by their ids here, and changes nothing the second time', async () => {
    const { status, text } = await admin.post(`${at}/import?strategy=replace-by-name`, EXPORT);
    expect([status, text]).toEqual([204, '']);
    const made = await providers();
    expect(made).toMatchObject([
      { type: 'anon-user', disabled: true },
      { type: 'local-userpass', disabled: false },
    ]);
    const [reset] = (await admin.get(`${at}/functions`)).body as unknown as { _id: string; name: string }[];
    expect(reset).toMatchObject({ name: 'reset' });
    const full = await admin.get(`${at}/auth_providers/${made[1]!._id}`);
    expect(full.body['config']).toEqual({
      runResetFunction: true,
      resetFunctionName: 'reset',
      resetFunctionId: reset!._id,
    });
    expect((await admin.get(`${at}/security/allowed_request_origins`)).body).toEqual(['https://shop.example.com']);
    expect((await admin.get(`${at}/custom_user_data`)).body).toMatchObject({ enabled: true, user_id_field: 'uid' });

    const again = await admin.post(`${at}/import?diff=true`, EXPORT);
    const lines = again.body as unknown as string[];
    expect(lines.filter((line) => /^(new|changed)/.test(line))).toEqual([]);
    expect(lines).toContain('same: provider local-userpass');
    expect((await admin.get(at)).body).toMatchObject({ name: app.name, client_app_id: app.clientAppId });
  });

  it('twice at once makes each thing once', async () => {
    const both = await Promise.all([1, 2].map(() => admin.post(`${at}/import`, EXPORT)));
    expect(both.map(({ status }) => status)).toEqual([204, 204]);
    expect(await providers()).toHaveLength(2);
    expect((await admin.get(`${at}/functions`)).body).toHaveLength(1);
  });

  it.each([
    ['no object', [], 'expected an exported app'],
    ['text as providers', { auth_providers: 'x' }, 'auth providers: not an object or array'],
    ['a type twice', { auth_providers: [{ type: 'anon-user' }, { type: 'anon-user' }] }, 'its type occurs twice'],
    ['a wrong flag', { auth_providers: [{ type: 'anon-user', disabled: 'no' }] }, "'disabled' must be a boolean"],
    [
      'settings that are none',
      { auth_providers: [{ type: 'local-userpass', config: [] }] },
      "'config' must be an object",
    ],
    ['origins that are none', { allowed_request_origins: 'x' }, 'allowed_request_origins: not an array'],
    ['a wrong origin', { allowed_request_origins: ['shop'] }, 'allowed_request_origins: an origin has the form'],
    ['custom user data that is none', { auth: { custom_user_data: 'x' } }, 'custom user data: not an object'],
    ['a wrong folder', { auth: 'x', security: [] }, "'auth': not an object; 'security': not an object"],
  ])('refuses %s, and writes nothing of the rest', async (_name, bad, words) => {
    const good = { auth_providers: [{ type: 'anon-user' }] };
    const { status, body } = await admin.post(`${at}/import`, Array.isArray(bad) ? bad : { ...good, ...bad });
    expect([status, body.error_code]).toEqual([400, 'InvalidParameter']);
    expect(body.error).toContain(words);
    expect(await providers()).toEqual([]);
  });

  it('refuses a strategy that would remove, and a body that is none', async () => {
    const replace = await admin.post(`${at}/import?strategy=replace`, EXPORT);
    expect([replace.status, replace.body.error_code]).toEqual([400, 'InvalidParameter']);
    expect((await admin.post(`${at}/import`)).status).toBe(400);
    expect(await providers()).toEqual([]);
  });

  it('is for administrators of its group who may write', async () => {
    const reader = await makeAdmin(server, 'GROUP_READ_ONLY');
    const stranger = await makeAdmin(server, 'GROUP_ADMIN', { groupId: await makeGroup(server) });
    const statuses: number[] = [];
    for (const client of [nobody(server, admin.account.groupId), reader, stranger]) {
      statuses.push((await client.post(`${at}/import`, EXPORT)).status);
    }
    expect(statuses).toEqual([401, 403, expect.any(Number)]);
    expect([403, 404]).toContain(statuses[2]);
    expect(await providers()).toEqual([]);
  });
});
