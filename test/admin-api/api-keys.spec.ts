import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { App } from '../../src/apps/app.model.js';
import { Database } from '../../src/database/database.js';
import { makeAdmin, type AdminClient } from '../support/admin-client.js';
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
  app = await server.make.app({ providers: [{ type: 'api-key' }] });
  at = `${admin.app(app)}/api_keys`;
});

describe('server keys', () => {
  it('are shown once, and have a user of type server behind them', async () => {
    const made = await admin.post(at, { name: 'worker' });
    const id = String(made.body['_id']);
    expect([made.status, made.body]).toEqual([
      201,
      {
        _id: expect.stringMatching(/^[0-9a-f]{24}$/),
        key: expect.stringMatching(/^[A-Za-z0-9]{64}$/),
        name: 'worker',
        disabled: false,
      },
    ]);
    const shown = { _id: id, name: 'worker', disabled: false };
    expect((await admin.get(`${at}/${id}`)).body).toEqual(shown);
    expect((await admin.get(at)).body).toEqual([shown]);
    const users = (await admin.get(`${admin.app(app)}/users?type=server`)).body;
    expect(users).toMatchObject([
      { type: 'server', data: { name: 'worker' }, identities: [{ id, provider_type: 'api-key' }] },
    ]);
    const stored = await server.get(Database).connection.db!.collection('api_keys').findOne({ app: app._id });
    expect(JSON.stringify(stored)).not.toContain(made.body['key']);
  });

  it('go with their user, and the user with them', async () => {
    const make = async (name: string) => String((await admin.post(at, { name })).body['_id']);
    const [first, second] = [await make('first'), await make('second')];
    expect((await admin.delete(`${at}/${first}`)).status).toBe(204);
    expect((await admin.delete(`${at}/${first}`)).body.error_code).toBe('APIKeyNotFound');
    const users = (await admin.get(`${admin.app(app)}/users`)).body as unknown as { _id: string }[];
    expect(users).toHaveLength(1);
    expect((await admin.delete(`${admin.app(app)}/users/${users[0]!._id}`)).status).toBe(204);
    expect((await admin.get(`${at}/${second}`)).body.error_code).toBe('APIKeyNotFound');
    expect((await admin.get(at)).text).toBe('[]');
  });

  it('are enabled and disabled, as often as one likes', async () => {
    const { body } = await admin.post(at, { name: 'worker' });
    const path = `${at}/${String(body['_id'])}`;
    for (const [action, disabled] of [
      ['disable', true],
      ['disable', true],
      ['enable', false],
      ['enable', false],
    ] as const) {
      expect((await admin.put(`${path}/${action}`)).status).toBe(204);
      expect((await admin.get(path)).body['disabled']).toBe(disabled);
    }
    expect((await admin.put(`${at}/0123456789abcdef01234567/disable`)).status).toBe(404);
  });

  it('need the provider, and a name of their own', async () => {
    const none = await server.make.app({ providers: [{ type: 'api-key', disabled: true }] });
    expect((await admin.post(`${admin.app(none)}/api_keys`, { name: 'worker' })).status).toBe(400);
    const answers = await Promise.all(Array.from({ length: 8 }, () => admin.post(at, { name: 'worker' })));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ body }) => body.error_code === 'APIKeyAlreadyExists')).toHaveLength(7);
    for (const name of ['', 'a b', 'ä', 7, undefined, { $gt: '' }])
      expect((await admin.post(at, { name })).status).toBe(400);
    const { body } = answers.find(({ status }) => status === 201)!;
    const other = await server.make.app();
    expect((await admin.get(`${admin.app(other)}/api_keys/${String(body['_id'])}`)).status).toBe(404);
  });

  it('are a hundred at most, even when two are made at once (C10)', async () => {
    const name = (i: number) => ({ name: `key${i}` });
    for (let i = 0; i < 98; i += 14) {
      await Promise.all(Array.from({ length: 14 }, (_, j) => admin.post(at, name(i + j))));
    }
    const last = await Promise.all(Array.from({ length: 6 }, (_, i) => admin.post(at, name(98 + i))));
    expect(last.filter(({ status }) => status === 201)).toHaveLength(2);
    expect(last.filter(({ status }) => status === 400)).toHaveLength(4);
    expect((await admin.get(at)).body).toHaveLength(100);
  });
});
