import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { App } from '../../src/apps/app.model.js';
import { Database } from '../../src/database/database.js';
import { SecretsService } from '../../src/secrets/secrets.service.js';
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
  app = await server.make.app();
  at = admin.app(app);
});

const UNKNOWN = '0123456789abcdef01234567';

describe('secrets', () => {
  it('go in, are used by name, and never come out', async () => {
    const made = await admin.post(`${at}/secrets`, { name: 'googleClientSecret', value: 'hunter2-hunter2' });
    expect([made.status, made.body]).toEqual([201, { _id: expect.any(String), name: 'googleClientSecret' }]);
    const path = `${at}/secrets/${String(made.body['_id'])}`;
    expect((await admin.get(`${at}/secrets`)).body).toEqual([made.body]);
    const secrets = server.get(SecretsService);
    expect(await secrets.findValue(app, 'googleClientSecret')).toBe('hunter2-hunter2');
    expect((await admin.put(path, { name: 'googleClientSecret', value: 'hunter3' })).status).toBe(204);
    expect(await secrets.findValue(app, 'googleClientSecret')).toBe('hunter3');
    expect((await admin.get(path)).status).toBe(404);
    const stored = await server.get(Database).connection.db!.collection('secrets').findOne({ app: app._id });
    expect(Buffer.from(stored!['sealedValue'].buffer).toString('latin1')).not.toContain('hunter');
    expect((await admin.delete(path)).status).toBe(204);
    expect(await secrets.findValue(app, 'googleClientSecret')).toBeNull();
    for (const gone of [admin.delete(path), admin.put(path, { value: 'x' })]) {
      const { status, body } = await gone;
      expect([status, body.error_code]).toEqual([404, 'SecretNotFound']);
    }
  });

  it('have names that are unique in their app, and fit into a path', async () => {
    await admin.post(`${at}/secrets`, { name: 'a', value: 'x' });
    expect((await admin.post(`${at}/secrets`, { name: 'a', value: 'y' })).body.error_code).toBe('SecretAlreadyExists');
    const other = await server.make.app();
    expect((await admin.post(`${admin.app(other)}/secrets`, { name: 'a', value: 'y' })).status).toBe(201);
    for (const body of [
      { name: '', value: 'x' },
      { name: 'a b', value: 'x' },
      { name: 'b', value: '' },
      { name: 'b', value: 'x'.repeat(16_385) },
      { name: 'b' },
      { name: { $gt: '' }, value: 'x' },
      { name: 'b', value: { $gt: '' } },
    ]) {
      expect((await admin.post(`${at}/secrets`, body)).status).toBe(400);
    }
  });

  it('are not found through another app', async () => {
    const { body } = await admin.post(`${at}/secrets`, { name: 'a', value: 'x' });
    const other = await server.make.app();
    expect((await admin.delete(`${admin.app(other)}/secrets/${String(body['_id'])}`)).status).toBe(404);
    expect(await server.get(SecretsService).findValue(app, 'a')).toBe('x');
  });
});

describe('functions', () => {
  const core = { name: 'testFunc', private: false, source: 'exports = () => 1', can_evaluate: {}, run_as_system: true };

  it('are records whose code is kept and not run', async () => {
    const made = await admin.post(`${at}/functions`, core);
    expect([made.status, made.body]).toEqual([201, { _id: expect.any(String), name: 'testFunc' }]);
    const path = `${at}/functions/${String(made.body['_id'])}`;
    expect((await admin.get(path)).body).toEqual({ ...made.body, ...core, last_modified: expect.any(Number) });
    expect((await admin.get(`${at}/functions`)).body).toMatchObject([{ name: 'testFunc' }]);
    expect((await admin.put(path, { ...core, webhook_url: 'https://hook.example/f', secret: 's' })).status).toBe(204);
    expect((await admin.get(path)).body).toMatchObject({ webhook_url: 'https://hook.example/f', secret: 's' });
    const { accessToken } = await server.client(app).enterAnonymously();
    expect((await server.client(app).callFunction(accessToken, { name: 'testFunc', arguments: [] })).status).toBe(404);
    expect((await admin.delete(path)).status).toBe(204);
    for (const gone of [
      admin.get(path),
      admin.delete(path),
      admin.put(path, core),
      admin.get(`${at}/functions/${UNKNOWN}`),
    ]) {
      const { status, body } = await gone;
      expect([status, body.error_code]).toEqual([404, 'FunctionNotFound']);
    }
  });

  it('are refused without a good name, or with a webhook that is none', async () => {
    await admin.post(`${at}/functions`, core);
    const again = await admin.post(`${at}/functions`, core);
    expect([again.status, again.body.error_code]).toEqual([409, 'FunctionDuplicateName']);
    for (const body of [
      {},
      { name: '' },
      { name: 'a b' },
      { name: { $gt: '' } },
      { name: 'f', webhook_url: 'ftp://x' },
      { name: 'f', webhook_url: 'http://hook.example' },
      { name: 'f', webhook_url: 'https://user:pass@hook.example' },
      { name: 'f', secret: 7 },
      [],
    ]) {
      expect((await admin.post(`${at}/functions`, JSON.stringify(body))).status).toBe(400);
    }
    expect((await admin.post(`${at}/functions`, { name: 'f', webhook_url: 'http://localhost:1/f' })).status).toBe(201);
  });
});
