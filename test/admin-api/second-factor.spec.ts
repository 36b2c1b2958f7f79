import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Secret, TOTP } from 'otpauth';
import { AuditService } from '../../src/audit/audit.service.js';
import { makeAdmin, type AdminClient } from '../support/admin-client.js';
import { ConsoleClient } from '../support/console-client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { FakeClock } from '../support/fake-clock.js';

let server: TestServer;
const clock = new FakeClock();

beforeAll(async () => {
  server = await createTestServer({ clock });
});
afterAll(() => server.stop());

/** What the authenticator app shows now. */
function codeOf(secret: string): string {
  return new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: clock.now().getTime() });
}

/** The next 30 seconds: a code is good once. */
const later = (): void => clock.advance(30);

const login = (admin: AdminClient, totp?: string) =>
  admin.login('local-userpass', { username: admin.account.email, password: admin.account.password, totp });

async function withFactor(): Promise<{ admin: AdminClient; secret: string; recovery: string[] }> {
  const admin = await makeAdmin(server);
  const { secret } = (await admin.post('/auth/totp', {})).body as unknown as { secret: string };
  const confirmed = await admin.post('/auth/totp', { totp: codeOf(secret) });
  expect(confirmed.status).toBe(201);
  later();
  return { admin, secret, recovery: confirmed.body['recovery_codes'] as string[] };
}

describe('a second factor', () => {
  it('counts only once a code of it was shown, and ends the other sessions then', async () => {
    const admin = await makeAdmin(server);
    const other = (await login(admin)).body.access_token;
    const begun = await admin.post('/auth/totp', {});
    expect(begun.body['uri']).toMatch(/^otpauth:\/\/totp\/Latchkey/);
    expect((await login(admin)).status).toBe(200);
    const secret = begun.body['secret'] as string;
    const wrong = await admin.post('/auth/totp', { totp: codeOf(secret) === '000000' ? '000001' : '000000' });
    expect([wrong.status, wrong.body.error_code]).toEqual([400, 'InvalidParameter']);
    const done = await admin.post('/auth/totp', { totp: codeOf(secret) });
    expect(done.body['recovery_codes']).toHaveLength(10);
    expect((await admin.get('/auth/profile')).status).toBe(200);
    expect((await admin.get('/auth/profile', { token: other })).status).toBe(401);
    const second = await admin.post('/auth/totp', {});
    expect([second.status, second.body.error_code]).toEqual([400, 'BadRequest']);
  });

  it('waits ten minutes, and the newest that waits counts', async () => {
    const admin = await makeAdmin(server);
    const first = (await admin.post('/auth/totp', {})).body['secret'] as string;
    const second = (await admin.post('/auth/totp', {})).body['secret'] as string;
    expect((await admin.post('/auth/totp', { totp: codeOf(first) })).status).toBe(400);
    clock.advance(601);
    const late = await admin.post('/auth/totp', { totp: codeOf(second) });
    expect([late.status, late.body.error_code]).toEqual([400, 'BadRequest']);
  });

  it('is asked for after the password, never instead of it (C41)', async () => {
    const { admin, secret } = await withFactor();
    const none = await login(admin);
    expect([none.status, none.body.error_code]).toEqual([401, 'SecondFactorRequired']);
    const body = { username: admin.account.email, password: 'not it', totp: codeOf(secret) };
    const wrongPassword = await admin.login('local-userpass', body);
    expect([wrongPassword.status, wrongPassword.body.error_code]).toEqual([401, 'InvalidPassword']);
    const wrong = await login(admin, codeOf(secret) === '000000' ? '000001' : '000000');
    expect([wrong.status, wrong.body.error_code]).toEqual([401, 'SecondFactorWrong']);
    for (const odd of ['', '12345', '1234567', 'x'.repeat(5_000), '{"$gt":""}']) {
      expect((await login(admin, odd)).status).toBe(401);
    }
    expect((await admin.login('local-userpass', { ...body, totp: 123_456 })).status).toBe(400);
    expect((await login(admin, codeOf(secret))).status).toBe(200);
  });

  it('takes a code once, of many who send it at the same time', async () => {
    const { admin, secret } = await withFactor();
    const code = codeOf(secret);
    const answers = await Promise.all(Array.from({ length: 6 }, () => login(admin, code)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect((await login(admin, code)).status).toBe(401);
    later();
    expect((await login(admin, codeOf(secret))).status).toBe(200);
  });

  it('takes a recovery code once, however it is typed', async () => {
    const { admin, recovery } = await withFactor();
    expect(new Set(recovery).size).toBe(10);
    const code = ` ${recovery[0]!.toUpperCase().replaceAll('-', ' ')} `;
    const answers = await Promise.all([login(admin, code), login(admin, recovery[0])]);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect((await login(admin, recovery[0])).status).toBe(401);
    expect((await login(admin, recovery[1])).status).toBe(200);
  });

  it('stops guessing', async () => {
    const { admin, secret } = await withFactor();
    const wrong = codeOf(secret) === '000000' ? '000001' : '000000';
    const statuses = [];
    for (let i = 0; i < 25; i += 1) statuses.push((await login(admin, wrong)).status);
    expect(statuses.at(-1)).toBe(429);
    expect((await login(admin, codeOf(secret))).status).toBe(429);
  });

  it('is turned off with a code', async () => {
    const { admin, secret, recovery } = await withFactor();
    expect((await admin.delete('/auth/totp', { body: {} })).body.error_code).toBe('MissingParameter');
    expect((await admin.delete('/auth/totp', { body: { totp: '12' } })).status).toBe(400);
    expect((await admin.delete('/auth/totp', { body: { totp: codeOf(secret) } })).status).toBe(204);
    expect((await login(admin)).status).toBe(200);
    expect((await admin.delete('/auth/totp', { body: { totp: recovery[0] } })).status).toBe(400);
  });

  it('gives new recovery codes for the password or a code, and the old ones are void', async () => {
    const { admin, secret, recovery } = await withFactor();
    const renew = (body: unknown) => admin.post('/auth/totp/recovery_codes', body);
    const { password } = admin.account;
    expect((await renew({})).body.error_code).toBe('MissingParameter');
    expect((await renew({ password, totp: codeOf(secret) })).body.error_code).toBe('MissingParameter');
    expect((await renew({ password: 'not it' })).body.error_code).toBe('InvalidParameter');
    expect((await renew({ totp: '12' })).body.error_code).toBe('InvalidParameter');
    expect((await renew({ totp: 123_456 })).status).toBe(400);
    const byPassword = await renew({ password });
    const codes = byPassword.body['recovery_codes'] as string[];
    expect([byPassword.status, new Set([...codes, ...recovery]).size]).toEqual([201, 20]);
    expect((await login(admin, recovery[0])).status).toBe(401);
    expect((await login(admin, codes[0])).status).toBe(200);
    const byCode = await renew({ totp: codeOf(secret) });
    expect(byCode.body['recovery_codes']).toHaveLength(10);
    expect((await renew({ totp: codeOf(secret) })).status).toBe(400);
    const byRecovery = await renew({ totp: (byCode.body['recovery_codes'] as string[])[3] });
    expect(byRecovery.body['recovery_codes']).toHaveLength(10);
    expect((await admin.get('/auth/profile')).status).toBe(200);
    const without = await makeAdmin(server);
    const none = await without.post('/auth/totp/recovery_codes', { password: without.account.password });
    expect([none.status, none.body.error_code]).toEqual([400, 'BadRequest']);
  });

  it('of many who ask for new recovery codes at the same time, what the last was shown counts', async () => {
    const { admin } = await withFactor();
    const { password } = admin.account;
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => admin.post('/auth/totp/recovery_codes', { password })),
    );
    const shown = answers.flatMap(({ body }) => (body['recovery_codes'] as string[] | undefined)?.[0] ?? []);
    expect(shown.length).toBeGreaterThan(0);
    const statuses = await Promise.all(shown.map(async (code) => (await login(admin, code)).status));
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
  });

  it('is reset by another owner, which ends the sessions', async () => {
    const { admin: lost } = await withFactor();
    const owner = await makeAdmin(server);
    const of = ({ account }: AdminClient): string => `${owner.group}/administrators/${account.id}/totp`;
    const entry = async () => (await owner.get(`${owner.group}/administrators`)).body as unknown as { _id: string }[];
    expect((await entry()).find(({ _id }) => _id === lost.account.id)).toMatchObject({ second_factor: true });
    const weaker = await makeAdmin(server, 'GROUP_ADMIN');
    expect((await weaker.delete(of(lost))).status).toBe(403);
    expect((await lost.delete(of(lost))).body.error_code).toBe('BadRequest');
    expect((await owner.delete(of(weaker))).body.error_code).toBe('BadRequest');
    expect((await owner.delete(`${owner.group}/administrators/${'0'.repeat(24)}/totp`)).status).toBe(404);
    expect((await lost.get('/auth/profile')).status).toBe(200);

    expect((await owner.delete(of(lost))).status).toBe(204);
    expect((await lost.get('/auth/profile')).status).toBe(401);
    expect((await login(lost)).status).toBe(200);
    expect((await entry()).find(({ _id }) => _id === lost.account.id)).toMatchObject({ second_factor: false });
    await server.get(AuditService).flush();
    const trail = await owner.get(`${owner.group}/audit?type=administrator.second_factor_reset`);
    const [newest] = trail.body as unknown as Record<string, unknown>[];
    expect(newest).toMatchObject({ outcome: 'success', details: { target: lost.account.id } });
  });

  it('is reset by nobody who is no owner in all groups of the administrator', async () => {
    const { admin: lost } = await withFactor();
    expect((await lost.post('/groups', { name: 'theirs' })).status).toBe(201);
    const owner = await makeAdmin(server);
    const refused = await owner.delete(`${owner.group}/administrators/${lost.account.id}/totp`);
    expect([refused.status, refused.body.error_code]).toEqual([403, 'RoleTooWeak']);
    const browser = new ConsoleClient(server);
    await browser.login(owner.account);
    expect((await browser.get('/console/administrators')).text).not.toContain(`${lost.account.id}/factor`);
    expect((await lost.get('/auth/profile')).status).toBe(200);
  });

  it('is no business of keys', async () => {
    const { admin } = await withFactor();
    const { body } = await admin.post(`${admin.group}/api_keys`, { name: 'deploy', role_name: 'GROUP_ADMIN' });
    const key = await admin.login('mongodb-cloud', { username: body['public_key'], apiKey: body['private_key'] });
    expect(key.status).toBe(200);
    expect((await admin.post('/auth/totp', {}, { token: key.body.access_token })).status).toBe(403);
  });
});

describe('the second factor in the console', () => {
  const page = '/console/account';

  it('is set up with a picture, asked for at the login, and turned off', async () => {
    const admin = await makeAdmin(server);
    const browser = new ConsoleClient(server);
    await browser.login(admin.account);
    const begun = await browser.submit(page, `${page}/totp`);
    expect(begun.text).toMatch(/<svg class="qr"/);
    const secret = /name="secret"[^>]* value="([A-Z2-7]{32})"|value="([A-Z2-7]{32})"/
      .exec(begun.text)!
      .slice(1)
      .find(Boolean)!;
    const wrong = await browser.submit(page, `${page}/totp/confirm`, { totp: 'abc' });
    expect([wrong.status, wrong.text.includes(secret)]).toEqual([400, true]);
    const on = await browser.submit(page, `${page}/totp/confirm`, { totp: codeOf(secret) });
    expect(on.text.match(/([a-z2-9]{5}-){5}[a-z2-9]/g)).toHaveLength(10);
    expect((await browser.get(page)).text).toContain('10 recovery codes are left.');
    later();

    const again = new ConsoleClient(server);
    const asked = await again.login(admin.account);
    expect([asked.status, asked.text.includes('name="totp"')]).toEqual([401, true]);
    const { email, password } = admin.account;
    const refused = await again.send('/console/login', { email, password, totp: '12' });
    expect([refused.status, refused.text.includes('The code is wrong')]).toEqual([401, true]);
    const entered = await again.send('/console/login', { email, password, totp: codeOf(secret) });
    expect(entered.status).toBe(303);
    later();
    const unproven = await again.submit(page, `${page}/totp/codes`, { password: 'not it' });
    expect([unproven.status, unproven.text.includes('The password is wrong.')]).toEqual([400, true]);
    const renewed = await again.submit(page, `${page}/totp/codes`, { password });
    expect(renewed.text.match(/([a-z2-9]{5}-){5}[a-z2-9]/g)).toHaveLength(10);
    expect((await again.submit(page, `${page}/totp/codes`, { totp: codeOf(secret), password: '' })).status).toBe(200);
    later();
    expect((await again.submit(page, `${page}/totp/off`, { totp: '12' })).status).toBe(400);
    const off = await again.submit(page, `${page}/totp/off`, { totp: codeOf(secret) });
    expect((await again.get(off.location!)).text).toContain('The second factor is off.');
  });

  it('is reset on the page of administrators, after a question', async () => {
    const { admin: lost } = await withFactor();
    const owner = await makeAdmin(server);
    const browser = new ConsoleClient(server);
    await browser.login(owner.account);
    const list = '/console/administrators';
    const action = `/console${owner.group}/administrators/${lost.account.id}/factor`;
    expect((await browser.get(list)).text).toContain(action);
    const asked = await browser.submit(list, action);
    expect([asked.text.includes('Reset the second factor?'), asked.text.includes(lost.account.email)]).toEqual([
      true,
      true,
    ]);
    expect((await lost.get('/auth/profile')).status).toBe(200);
    const done = await browser.submit(list, action, { confirm: 'yes' });
    expect((await browser.get(done.location!)).text).toContain('The second factor is reset');
    expect((await lost.get('/auth/profile')).status).toBe(401);
    expect((await browser.get(list)).text).not.toContain(action);
  });
});
