import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { warningsOf } from '../../src/admin/api/system/warnings.js';
import { VERSION } from '../../src/common/version.js';
import { loadConfig } from '../../src/config/load-config.js';
import { makeAdmin, makeGroup, type AdminClient } from '../support/admin-client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';

const GIB = 2 ** 30;
const NOTHING = { refusal: undefined, disk: undefined };

let server: TestServer;
let owner: AdminClient;
let refusal: string | undefined;

beforeAll(async () => {
  server = await createTestServer({
    health: async () => (refusal === undefined ? { isWritable: true } : { isWritable: false, reason: refusal }),
  });
  owner = await makeAdmin(server);
});
afterAll(() => server.stop());

describe('GET /system', () => {
  it('says what runs, what it holds and what to do', async () => {
    const app = await server.make.app();
    await server.client(app).enterAnonymously();
    const { status, headers, body } = await owner.get('/system');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json');
    expect(body).toMatchObject({
      version: VERSION,
      node: process.version,
      started: expect.any(Number),
      store: { kind: 'embedded', database: expect.any(String), writable: true, data_bytes: expect.any(Number) },
      counts: { apps: 2, users: 1, sessions: 1 },
      warnings: [{ code: 'passwords_cheap', message: expect.stringContaining('LATCHKEY_BCRYPT_COST') }],
    });
    const { data_bytes, storage_bytes } = body['store'] as Record<string, number>;
    expect(data_bytes).toBeGreaterThan(0);
    expect(storage_bytes).toBeGreaterThan(0);
  });

  it('answers while the store takes no writes, and says so', async () => {
    refusal = 'the disk is full';
    try {
      const { status, body } = await owner.get('/system');
      expect(status).toBe(200);
      expect(body['store']).toMatchObject({ writable: false });
      expect(body['warnings']).toContainEqual({
        code: 'store_not_writable',
        message: 'The store takes no writes: the disk is full.',
      });
    } finally {
      refusal = undefined;
    }
  });

  it('is for those who may change something in some group', async () => {
    const groupId = await makeGroup(server);
    for (const role of ['GROUP_SUPPORT', 'GROUP_READ_ONLY'] as const) {
      const { status, body } = await (await makeAdmin(server, role, { groupId })).get('/system');
      expect([status, body.error_code]).toEqual([403, 'RoleTooWeak']);
    }
    expect((await (await makeAdmin(server, 'GROUP_ADMIN', { groupId })).get('/system')).status).toBe(200);
    expect((await owner.get('/system', { token: undefined })).status).toBe(401);
    expect((await owner.get('/system', { token: owner.refreshToken })).status).toBe(401);
  });
});

describe('warnings', () => {
  const codes = (env: Record<string, string>, observed: Parameters<typeof warningsOf>[1] = NOTHING) =>
    warningsOf(loadConfig(env), observed).map(({ code }) => code);
  const SERVED = { LATCHKEY_PUBLIC_URL: 'https://auth.example.com' };

  it('are none for the defaults on one’s own machine', () => {
    expect(codes({})).toEqual([]);
  });

  it('name what a server for others lacks', () => {
    expect(codes(SERVED)).toEqual(['proxy_not_trusted', 'mail_not_sent', 'master_key_beside_data']);
    expect(codes({ LATCHKEY_PUBLIC_URL: 'http://auth.example.com' })).toContain('public_url_unencrypted');
  });

  it('end when it is mended', () => {
    const mended = {
      ...SERVED,
      LATCHKEY_TRUSTED_PROXIES: '10.0.0.0/8',
      LATCHKEY_SMTP_URL: 'smtps://user:secret@mail.example.com',
      LATCHKEY_MAIL_FROM: 'auth@example.com',
      LATCHKEY_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
    };
    expect(codes(mended)).toEqual([]);
    expect(JSON.stringify(warningsOf(loadConfig({ ...mended, LATCHKEY_BCRYPT_COST: '4' }), NOTHING))).not.toContain(
      'secret',
    );
  });

  it('tell of a disk that is nearly full, by its size', () => {
    const disk = (freeBytes: number, totalBytes: number) =>
      codes({}, { refusal: undefined, disk: { freeBytes, totalBytes } });
    expect(disk(0.5 * GIB, 100 * GIB)).toEqual(['disk_nearly_full']);
    expect(disk(2 * GIB, 100 * GIB)).toEqual([]);
    expect(disk(0.5 * GIB, 2 * GIB)).toEqual([]);
    expect(disk(0.05 * GIB, 2 * GIB)).toEqual(['disk_nearly_full']);
  });
});

it('the version is that of package.json', () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  expect(VERSION).toBe(version);
});
