import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { App } from '../../src/apps/app.model.js';
import { createTestServer, type EmailUser, type TestServer } from '../support/create-test-server.js';
import { FakeClock } from '../support/fake-clock.js';

const PROXY = { LATCHKEY_TRUSTED_PROXIES: '127.0.0.1' };

describe('failed logins', () => {
  const clock = new FakeClock();
  let server: TestServer;
  let app: App;
  let ada: EmailUser;

  const attempt = (password: string, ip = '203.0.113.1', device?: object, at = server) =>
    at
      .client(app)
      .login(
        'local-userpass',
        { username: ada.email, password, ...(device ? { options: { device } } : {}) },
        { headers: { 'x-forwarded-for': ip } },
      );

  const fail = async (times: number, ip: string): Promise<number[]> => {
    const statuses: number[] = [];
    for (let i = 0; i < times; i += 1) statuses.push((await attempt('wrong horse', ip)).status);
    return statuses;
  };

  beforeAll(async () => {
    server = await createTestServer({
      clock,
      env: { ...PROXY, LATCHKEY_LOGIN_FAILURES_PER_ACCOUNT: '25' },
    });
  });

  afterAll(() => server.stop());

  const fresh = async (): Promise<void> => {
    app = await server.make.app();
    ada = await server.make.emailUser(app);
  };

  it('C19: are judged ten times per account and address, then answered 429 whatever the password', async () => {
    await fresh();
    expect(await fail(12, '203.0.113.1')).toEqual([...Array(10).fill(401), 429, 429]);
    const answer = await attempt(ada.password);
    expect(answer.status).toBe(429);
    expect(answer.body.error_code).toBe('TooManyRequests');
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('do not keep out another address, and end with their window', async () => {
    await fresh();
    await fail(11, '203.0.113.1');
    expect((await attempt(ada.password, '203.0.113.2')).status).toBe(200);
    clock.advance(901);
    expect((await attempt(ada.password, '203.0.113.1')).status).toBe(200);
  });

  it('C20: of strangers from everywhere use up an account, but keep out nobody who was there before', async () => {
    await fresh();
    const home = await attempt(ada.password, '198.51.100.7');
    expect(home.status).toBe(200);
    for (let i = 1; i <= 26; i += 1) await attempt('wrong horse', `203.0.113.${i}`);
    expect((await attempt(ada.password, '203.0.113.200')).status).toBe(429);
    expect((await attempt(ada.password, '198.51.100.7')).status).toBe(200);
    const device = { deviceId: home.body.device_id, platform: 'node' };
    expect((await attempt(ada.password, '203.0.113.201', device)).status).toBe(200);
  });

  it('C19: in parallel are judged no more than the limit', async () => {
    await fresh();
    const answers = await Promise.all(Array.from({ length: 30 }, () => attempt('wrong horse', '203.0.113.9')));
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(10);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(20);
  });

  it('are not counted when they were right: twenty at once all succeed, in turns', async () => {
    await fresh();
    for (let round = 0; round < 2; round += 1) {
      const answers = await Promise.all(Array.from({ length: 20 }, () => attempt(ada.password)));
      expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    }
  });

  it('are counted together by two instances', async () => {
    await fresh();
    const other = await createTestServer({ clock, env: PROXY, sharing: server });
    try {
      await fail(6, '203.0.113.1');
      const statuses: number[] = [];
      for (let i = 0; i < 6; i += 1)
        statuses.push((await attempt('wrong horse', '203.0.113.1', undefined, other)).status);
      expect(statuses).toEqual([401, 401, 401, 401, 429, 429]);
    } finally {
      await other.stop();
    }
  });

  it('of unknown addresses are counted like any other', async () => {
    await fresh();
    ada = { ...ada, email: 'nobody@example.com' };
    expect(await fail(11, '203.0.113.1')).toEqual([...Array(10).fill(401), 429]);
  });
});

describe('users created from one address', () => {
  it('are limited, and an IPv6 network counts as one', async () => {
    const server = await createTestServer({ env: { ...PROXY, LATCHKEY_USERS_PER_ADDRESS_PER_HOUR: '5' } });
    try {
      const client = server.client(await server.make.app());
      const from = (ip: string) => client.login('anon-user', {}, { headers: { 'x-forwarded-for': ip } });
      const statuses: number[] = [];
      for (let i = 1; i <= 7; i += 1) statuses.push((await from(`2001:db8::${i}`)).status);
      expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429]);
      expect((await from('2001:db8:1::1')).status).toBe(200);
    } finally {
      await server.stop();
    }
  });
});
