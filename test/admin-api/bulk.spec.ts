import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ObjectId } from 'mongodb';
import { BulkJobsService } from '../../src/accounts/bulk/bulk-jobs.service.js';
import type { App } from '../../src/apps/app.model.js';
import { AuditService } from '../../src/audit/audit.service.js';
import { Database } from '../../src/database/database.js';
import { makeAdmin, type AdminClient } from '../support/admin-client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { waitUntil } from '../support/wait.js';

let server: TestServer;
let admin: AdminClient;
let app: App;
let at: string;

beforeAll(async () => {
  server = await createTestServer();
  admin = await makeAdmin(server, 'GROUP_SUPPORT');
});
afterAll(() => server.stop());
beforeEach(async () => {
  app = await server.make.app();
  at = admin.app(app);
});

const UNKNOWN = '0123456789abcdef01234567';

describe('many users at once', () => {
  it('get the same done to them, each with a result', async () => {
    const [anna, bert] = [await server.make.emailUser(app), await server.make.emailUser(app)];
    const ids = [anna.id, bert.id, UNKNOWN, 'nonsense', anna.id];
    const { status, body } = await admin.post(`${at}/users/bulk`, { action: 'disable', ids });
    expect(status).toBe(200);
    expect(body).toEqual([
      { _id: anna.id, ok: true },
      { _id: bert.id, ok: true },
      { _id: UNKNOWN, ok: false, error: 'user not found', error_code: 'UserNotFound' },
      { _id: 'nonsense', ok: false, error: 'user not found', error_code: 'UserNotFound' },
    ]);
    expect((await admin.get(`${at}/users?status=disabled`)).body).toHaveLength(2);
    await admin.post(`${at}/users/bulk`, { action: 'delete', ids });
    expect((await admin.get(`${at}/users_count`)).text).toBe('0');
    for (const wrong of [
      { action: 'promote', ids },
      { action: 'enable' },
      { action: 'enable', ids: 'x' },
      { action: 'enable', ids: [7] },
    ]) {
      expect((await admin.post(`${at}/users/bulk`, wrong)).status).toBe(400);
    }
    expect(
      (await admin.post(`${at}/users/bulk`, { action: 'enable', ids: Array<string>(501).fill(UNKNOWN) })).status,
    ).toBe(400);
  });
});

describe('a job', () => {
  const jobs = (): string => `${at}/users/bulk_jobs`;
  const start = async (body: unknown): Promise<string> => {
    const { status, body: job } = await admin.post(jobs(), body);
    expect(status).toBe(202);
    return `${jobs()}/${String(job['_id'])}`;
  };
  const over = async (job: string): Promise<Record<string, unknown>> => {
    await waitUntil(async () => (await admin.get(job)).body['finished'] !== undefined);
    return (await admin.get(job)).body;
  };
  const disabled = async (): Promise<number> =>
    ((await admin.get(`${at}/users?status=disabled`)).body as unknown as unknown[]).length;

  it('does the same to all whom a filter finds, and to nobody else', async () => {
    const people = [];
    for (let i = 0; i < 3; i += 1) people.push(await server.make.emailUser(app));
    const anonymous = await server.client(app).enterAnonymously();
    const session = await server
      .client(app)
      .login('local-userpass', { username: people[0]!.email, password: people[0]!.password });
    const job = await start({ action: 'disable', filter: { provider_types: 'local-userpass', status: 'enabled' } });
    expect(await over(job)).toMatchObject({
      action: 'disable',
      state: 'done',
      total: 3,
      handled: 3,
      failed: 0,
      failures: [],
      by: admin.account.email,
      created: expect.any(Number),
    });
    expect(await disabled()).toBe(3);
    expect((await server.client(app).profile(session.body.access_token)).status).toBe(401);
    expect((await server.client(app).profile(anonymous.accessToken)).status).toBe(200);
    const search = await start({ action: 'enable', filter: { search: people[1]!.email } });
    expect(await over(search)).toMatchObject({ total: 1, failed: 0 });
    expect(await disabled()).toBe(2);
    const list = (await admin.get(jobs())).body as unknown as Record<string, unknown>[];
    expect(list.map(({ action, handled }) => [action, handled])).toEqual([
      ['enable', 1],
      ['disable', 3],
    ]);
    await server.get(AuditService).flush();
    const owner = await makeAdmin(server);
    const trail = (await owner.get(`${at}/audit?type=user.bulk`)).body as unknown as Record<string, unknown>[];
    expect(trail.map(({ outcome }) => outcome)).toEqual(Array(4).fill('success'));
    expect(trail[0]).toMatchObject({
      user_id: people[1]!.id,
      details: { action: 'enable' },
      actor: { id: admin.account.id },
    });
    expect((await owner.get(`${at}/audit?type=user.bulk_start`)).body).toHaveLength(2);
  });

  it('says what could not be done, user by user', async () => {
    const [anna, bert] = [await server.make.emailUser(app), await server.make.emailUser(app)];
    const job = await start({ action: 'logout', ids: [anna.id, UNKNOWN, bert.id, anna.id] });
    expect(await over(job)).toMatchObject({
      state: 'done',
      total: 3,
      handled: 3,
      failed: 1,
      failures: [{ _id: UNKNOWN, error: 'user not found', error_code: 'UserNotFound' }],
    });
    // Who is gone already is what a deletion wanted.
    expect(await over(await start({ action: 'delete', ids: [anna.id, UNKNOWN] }))).toMatchObject({
      handled: 2,
      failed: 0,
    });
    expect((await admin.get(`${at}/users_count`)).text).toBe('1');
    expect(await over(await start({ action: 'delete', filter: { search: 'nobody-at-all' } }))).toMatchObject({
      total: 0,
    });
    expect((await admin.get(`${at}/users_count`)).text).toBe('1');
  });

  it.each([
    [{ action: 'promote', filter: {} }],
    [{ action: 'enable' }],
    [{ action: 'enable', ids: [], filter: {} }],
    [{ action: 'enable', ids: ['x'] }],
    [{ action: 'enable', ids: 'x' }],
    [{ action: 'enable', filter: 'x' }],
    [{ action: 'enable', filter: { status: 'odd' } }],
    [{ action: 'enable', filter: { created_from: 'yesterday' } }],
  ])('is refused for %j', async (body) => {
    const { status } = await admin.post(jobs(), body);
    expect(status).toBe(400);
    expect((await admin.get(jobs())).text).toBe('[]');
  });

  it('is about so many who are named, and no more', async () => {
    const ids = Array.from({ length: 2_001 }, () => new ObjectId().toHexString());
    expect((await admin.post(jobs(), { action: 'enable', ids })).status).toBe(400);
  });

  it('goes on where an instance died in the middle of it', async () => {
    const people = [];
    for (let i = 0; i < 4; i += 1) people.push(new ObjectId((await server.make.emailUser(app)).id));
    const id = new ObjectId();
    const past = new Date(Date.now() - 60_000);
    const expiresAt = new Date(Date.now() + 60_000);
    const db = server.get(Database).connection.db!;
    const part = { _id: new ObjectId(), app: app._id, job: id, begin: 0, users: people, expiresAt };
    await db.collection('bulk_job_parts').insertOne(part);
    await db.collection('bulk_jobs').insertOne({
      _id: id,
      app: app._id,
      action: 'disable',
      state: 'running',
      total: 4,
      handled: 2,
      failed: 0,
      failures: [],
      by: { actor: { kind: 'command_line' } },
      leaseEndsAt: past,
      createdAt: past,
      expiresAt,
    });
    await server.get(BulkJobsService).work();
    const job = await over(`${jobs()}/${id.toHexString()}`);
    expect(job).toMatchObject({ state: 'done', handled: 4, failed: 0, by: 'command_line' });
    expect(await disabled()).toBe(2);
    expect(await db.collection('bulk_job_parts').countDocuments({ job: id })).toBe(0);
  });

  it('can be stopped, and is nobody else’s', async () => {
    const db = server.get(Database).connection.db!;
    const job = await start({ action: 'logout', filter: {} });
    await over(job);
    expect((await admin.delete(job)).status).toBe(204);
    expect((await admin.get(job)).body['state']).toBe('done');
    const id = job.split('/').at(-1)!;
    const leased = { leaseEndsAt: new Date(Date.now() + 60_000), state: 'running' };
    await db.collection('bulk_jobs').updateOne({ _id: new ObjectId(id) }, { $set: leased, $unset: { finishedAt: 1 } });
    expect((await admin.delete(job)).status).toBe(204);
    expect((await admin.get(job)).body['state']).toBe('stopped');
    const other = await server.make.app();
    for (const path of [`${admin.app(other)}/users/bulk_jobs/${id}`, `${jobs()}/${UNKNOWN}`]) {
      expect((await admin.get(path)).status).toBe(404);
      expect((await admin.delete(path)).status).toBe(404);
    }
    expect((await admin.get(`${jobs()}/x`)).status).toBe(400);
  });
});
