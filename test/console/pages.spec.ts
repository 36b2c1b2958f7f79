import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ObjectId, type Document } from 'mongodb';
import type { App } from '../../src/apps/app.model.js';
import { AppsService } from '../../src/apps/apps.service.js';
import { Database } from '../../src/database/database.js';
import { makeAdmin, makeGroup, type AdminClient } from '../support/admin-client.js';
import { ConsoleClient, type Page } from '../support/console-client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';

let server: TestServer;
let admin: AdminClient;
let browser: ConsoleClient;
let weak: ConsoleClient;
let app: App;
let path: string;

beforeAll(async () => {
  server = await createTestServer();
  admin = await makeAdmin(server, 'GROUP_ADMIN');
  const providers = [
    { type: 'anon-user' },
    { type: 'api-key' },
    { type: 'local-userpass', settings: { config: { autoConfirm: false } } },
  ];
  app = await server.make.app({ name: 'pages', providers });
  browser = new ConsoleClient(server);
  await browser.login(admin.account);
  weak = new ConsoleClient(server);
  await weak.login((await makeAdmin(server, 'GROUP_READ_ONLY')).account);
  path = browser.app(app);
});
afterAll(() => server.stop());

/** Sends a form of a page, and opens what it leads to. */
async function after(on: string, to: string, fields: Record<string, string> = {}, by = browser): Promise<Page> {
  const done = await by.submit(on, to, fields);
  return done.location === null ? done : by.get(done.location);
}

const CONFIRMED = { confirm: 'yes' };

describe('the page of API keys', () => {
  it('shows a key once, disables and deletes it', async () => {
    const page = `${path}/keys`;
    expect((await browser.get(page)).text).toContain('No key yet');
    const made = await browser.submit(page, page, { name: 'billing' });
    expect(made.status).toBe(200);
    const key = /value="([A-Za-z0-9]{64})"/.exec(made.text)![1]!;
    expect((await browser.get(page)).text).not.toContain(key);
    const client = server.client(app);
    const session = await client.login('api-key', { key });
    expect(session.status).toBe(200);

    const id = /keys\/([0-9a-f]{24})\/disable/.exec(made.text)![1]!;
    expect((await browser.submit(page, `${page}/${id}/disable`)).text).toContain('Disable this key?');
    expect((await client.login('api-key', { key })).status).toBe(200);
    expect((await after(page, `${page}/${id}/disable`, CONFIRMED)).text).toContain('its sessions are over');
    expect((await client.profile(session.body.access_token)).status).toBe(401);
    expect((await client.login('api-key', { key })).status).toBe(401);
    expect((await after(page, `${page}/${id}/enable`)).text).toContain('can log in again');
    expect((await client.login('api-key', { key })).status).toBe(200);

    const wrong = await browser.submit(page, `${page}/${id}/delete`, { ...CONFIRMED, typed: 'bill' });
    expect(wrong.status).toBe(400);
    const gone = await after(page, `${page}/${id}/delete`, { ...CONFIRMED, typed: 'billing' });
    expect(gone.text).toContain('The key is deleted.');
    expect((await client.login('api-key', { key })).status).toBe(401);
  });

  it('keeps what was typed where it is refused, and says where keys are off', async () => {
    const page = `${path}/keys`;
    const refused = await browser.submit(page, page, { name: 'two words' });
    expect(refused.status).toBe(400);
    expect(refused.text).toContain('value="two words"');
    await browser.submit(page, page, { name: 'twice' });
    expect((await browser.submit(page, page, { name: 'twice' })).status).toBe(409);
    const other = await server.make.app({ name: 'keyless' });
    const off = await browser.get(`${browser.app(other)}/keys`);
    expect(off.text).toContain('The provider api-key is off');
    expect(off.text).not.toContain('Create the key');
  });
});

describe('the page of secrets', () => {
  it('takes values and never shows one', async () => {
    const page = `${path}/secrets`;
    const saved = await after(page, page, { name: 'client-secret', value: 'hush hush' });
    expect(saved.text).toContain('The secret client-secret is saved.');
    expect(saved.text).not.toContain('hush');
    const refused = await browser.submit(page, page, { name: 'client secret', value: 'hush hush' });
    expect([refused.status, refused.text.includes('hush')]).toEqual([400, false]);
    const id = /secrets\/([0-9a-f]{24})"/.exec(saved.text)![1]!;
    expect((await after(page, `${page}/${id}`, { value: 'another' })).text).toContain('The value is replaced');
    expect((await after(page, `${page}/${id}`, { value: '' })).text).toContain('flash failed');
    const asked = await browser.submit(page, `${page}/${id}/delete`);
    expect(asked.text).toContain('Delete this secret?');
    expect((await after(page, `${page}/${id}/delete`, CONFIRMED)).text).toContain('The secret is deleted.');
    const again = await after(page, `${page}/${id}/delete`, { ...CONFIRMED, _back: page });
    expect(again.text).toContain('Secret not found.');
  });
});

describe('the page of pending users', () => {
  const waiting = async (email: string): Promise<string> => {
    const client = server.client(app);
    expect((await client.register({ email, password: 'secret1' })).status).toBe(201);
    const { text } = await browser.get(`${path}/pending`);
    expect(text).toContain(email);
    return [...text.matchAll(/pending\/([0-9a-f]{24})\/delete/g)].at(-1)![1]!;
  };

  it('confirms, and the person can log in', async () => {
    const page = `${path}/pending`;
    expect((await browser.get(page)).text).toContain('Nobody waits');
    const id = await waiting('wait@example.com');
    const client = server.client(app);
    const login = () => client.login('local-userpass', { username: 'wait@example.com', password: 'secret1' });
    expect((await login()).status).toBe(401);
    expect((await after(page, `${page}/${id}/resend`)).text).toContain('is on its way again');
    expect((await after(page, `${page}/${id}/confirm`)).text).toContain('wait@example.com can log in now.');
    expect((await after(page, `${page}/${id}/confirm`)).text).toContain('flash failed');
    expect((await login()).status).toBe(200);
    expect((await after(page, `${page}/${id}/confirm`)).text).toContain('flash failed');
  });

  it('deletes, and knows only registrations of its own app', async () => {
    const page = `${path}/pending`;
    const id = await waiting('gone@example.com');
    const other = `${browser.app(await server.make.app({ name: 'other' }))}/pending`;
    expect((await after(page, `${other}/${id}/delete`, CONFIRMED)).text).toContain('flash failed');
    expect((await browser.submit(page, `${page}/${id}/delete`)).text).toContain('gone@example.com');
    expect((await after(page, `${page}/${id}/delete`, CONFIRMED)).text).toContain('The registration is deleted.');
    expect((await browser.get(page)).text).not.toContain('gone@example.com');
  });
});

describe('the page of signing keys', () => {
  it('rotates, and retires once the id of the key was typed', async () => {
    const page = `${path}/signing`;
    const { text } = await browser.get(page);
    const kid = /<code>([\w-]+)<\/code><\/td>/.exec(text)![1]!;
    const session = await server.client(app).login('anon-user', {});
    expect((await browser.submit(page, `${page}/rotate`)).text).toContain('Rotate the signing key?');
    const rotated = await after(page, `${page}/rotate`, CONFIRMED);
    expect(rotated.text).toContain('takes over in ten minutes');
    expect(rotated.text).toContain('>next<');
    expect((await server.client(app).profile(session.body.access_token)).status).toBe(200);
    expect((await browser.submit(page, `${page}/${kid}/retire`, { ...CONFIRMED, typed: 'no' })).status).toBe(400);
    const retired = await after(page, `${page}/${kid}/retire`, { ...CONFIRMED, typed: kid });
    expect(retired.text).toContain('what it signed is refused');
    expect((await server.client(app).profile(session.body.access_token)).status).toBe(401);
    expect((await after(page, `${page}/nothing/retire`, CONFIRMED)).text).toContain('flash failed');
  });
});

describe('the page of mails', () => {
  it('shows what nobody sends, and what it says to administrators only', async () => {
    const page = `${path}/mails`;
    expect((await browser.get(page)).text).toContain('LATCHKEY_SMTP_URL');
    await server.client(app).register({ email: 'letter@example.com', password: 'secret1' });
    const list = await browser.get(page);
    const mail = /href="([^"]+\/mails\/[0-9a-f]{24})"/.exec(list.text)?.[1];
    expect(list.text).toContain('letter@example.com');
    const opened = await browser.get(mail!);
    expect(opened.status).toBe(200);
    expect(opened.text).toMatch(/<pre class="mail"/);
    const seen = await weak.get(page);
    expect(seen.text).toContain('letter@example.com');
    expect(seen.text).not.toContain(mail);
    expect((await weak.get(mail!)).status).toBe(403);
    expect((await browser.get(`${page}/${'0'.repeat(24)}`)).status).toBe(404);
    expect((await browser.get(`${page}?after=x`)).status).toBe(400);
  });
});

describe('the page of administrators', () => {
  const page = '/console/administrators';

  it('invites, changes a role, removes; nobody gives more than they have', async () => {
    const group = `/console${admin.group}/administrators`;
    const wrong = await browser.submit(page, group, { email: 'nobody', role: 'GROUP_SUPPORT' });
    expect([wrong.status, wrong.text.includes('value="nobody"')]).toEqual([400, true]);
    const invited = await browser.submit(page, group, { email: 'help@example.com', role: 'GROUP_SUPPORT' });
    expect(invited.text).toMatch(/value="http[^"]+\/console\/invitation\?token=[\w-]+"/);
    expect((await browser.get(page)).text).not.toContain('/console/invitation?token=');
    const row = invited.text.slice(invited.text.indexOf('help@example.com</bdi>'));
    const id = /administrators\/([0-9a-f]{24})"/.exec(row)![1]!;
    expect((await after(page, `${group}/${id}`, { role: 'GROUP_READ_ONLY' })).text).toContain('The role is changed.');
    expect((await after(page, `${group}/${id}`, { role: 'GROUP_OWNER' })).text).toContain('flash failed');
    expect((await after(page, `${group}/${id}`, { role: 'king' })).text).toContain('flash failed');
    expect((await browser.submit(page, `${group}/${id}/remove`)).text).toContain('help@example.com');
    expect((await after(page, `${group}/${id}/remove`, CONFIRMED)).text).toContain('Removed.');
  });

  it('makes pairs of keys for programs, and shows the private one once', async () => {
    const group = `/console${admin.group}/administrators`;
    const made = await browser.submit(page, `${group}/keys`, { name: 'deploy', role: 'GROUP_ADMIN' });
    const [, publicKey] = /The private key that belongs to ([a-z]{8})/.exec(made.text)!;
    const [, privateKey] = /id="shown-once" value="([^"]+)"/.exec(made.text)!;
    const body = { username: publicKey, apiKey: privateKey };
    expect((await admin.login('mongodb-cloud', body)).status).toBe(200);
    expect((await browser.get(page)).text).not.toContain(privateKey);
    expect((await browser.submit(page, `${group}/keys`, { name: ' ', role: 'GROUP_ADMIN' })).status).toBe(400);
    expect((await browser.submit(page, `${group}/keys`, { name: 'x', role: 'GROUP_OWNER' })).status).toBe(403);
    const id = /keys\/([0-9a-f]{24})\/delete/.exec(made.text)![1]!;
    expect((await after(page, `${group}/keys/${id}/delete`, CONFIRMED)).text).toContain('The key is deleted.');
    expect((await admin.login('mongodb-cloud', body)).status).toBe(401);
  });

  it('shows only groups of the reader', async () => {
    const elsewhere = await makeAdmin(server, 'GROUP_OWNER', { groupId: await makeGroup(server) });
    const theirs = new ConsoleClient(server);
    await theirs.login(elsewhere.account);
    const { text } = await theirs.get(page);
    expect(text).toContain(elsewhere.account.email);
    expect(text).not.toContain(admin.account.email);
    const { groupId } = admin.account;
    const tried = await after(page, `/console/groups/${groupId.toHexString()}/administrators`, {}, theirs);
    expect(tried.text).toContain('flash failed');
  });
});

describe('the own account', () => {
  const page = '/console/account';

  it('changes the password and ends sessions', async () => {
    const one = await makeAdmin(server, 'GROUP_SUPPORT');
    const here = new ConsoleClient(server);
    await here.login(one.account);
    const there = new ConsoleClient(server, 'Mozilla/5.0 (iPhone)');
    await there.login(one.account);
    const shown = await here.get(page);
    expect(shown.text).toContain('iPhone');
    const change = { old: one.account.password, new: 'a better password', again: 'a better password' };
    expect((await here.submit(page, `${page}/password`, { ...change, again: 'other' })).status).toBe(400);
    const wrong = await here.submit(page, `${page}/password`, { ...change, old: 'not it' });
    expect([wrong.status, wrong.text.includes('The password until now is wrong.')]).toEqual([400, true]);
    expect((await here.submit(page, `${page}/password`, { ...change, new: 'short', again: 'short' })).status).toBe(400);
    expect((await after(page, `${page}/password`, change, here)).text).toContain('The password is changed');
    expect((await there.get(page)).location).toContain('/console/login');

    const changed = { ...one.account, password: change.new };
    await there.login(changed);
    const id = /account\/sessions\/([0-9a-f]{24})"/.exec((await here.get(page)).text)![1]!;
    expect((await after(page, `${page}/sessions/${id}`, {}, here)).text).toContain('The session is over.');
    expect((await there.get(page)).location).toContain('/console/login');
    expect((await after(page, `${page}/sessions/${id}`, {}, here)).text).toContain('flash failed');
    await there.login(changed);
    expect((await after(page, `${page}/sessions`, {}, here)).text).toContain('All your other sessions are over.');
    expect((await there.get(page)).location).toContain('/console/login');
  });
});

describe('whoever may only read', () => {
  it('sees every page and no button, and is refused what the buttons do', async () => {
    const refused: [string, string][] = [
      ['keys', 'keys'],
      ['secrets', 'secrets'],
      ['signing', 'signing/rotate'],
      ['settings', 'settings/tokens'],
      ['settings', 'settings/delete'],
      ['settings', 'settings/addresses'],
    ];
    for (const [page, action] of refused) {
      const { status, text } = await weak.get(`${path}/${page}`);
      expect([page, status]).toEqual([page, 200]);
      expect(text.slice(text.indexOf('<main'))).not.toMatch(/<button/);
      const tried = await after(`${path}/${page}`, `${path}/${action}`, CONFIRMED, weak);
      expect(tried.text).toContain('GROUP_ADMIN');
    }
    const { text } = await weak.get('/console/administrators');
    expect(text.slice(text.indexOf('<main'))).not.toMatch(/<button/);
    const group = `/console${admin.group}/administrators`;
    const tried = await after(
      '/console/administrators',
      group,
      { email: 'x@example.com', role: 'GROUP_READ_ONLY' },
      weak,
    );
    expect(tried.text).toContain('GROUP_ADMIN');
  });
});

describe('what was done by forms', () => {
  it('is in the audit trail by the names of the routes, and questions are not', async () => {
    const other = await server.make.app({ name: 'trail' });
    const page = `${browser.app(other)}/secrets`;
    const saved = await after(page, page, { name: 'one', value: 'hush hush' });
    const id = /secrets\/([0-9a-f]{24})"/.exec(saved.text)![1]!;
    await browser.submit(page, `${page}/${id}/delete`);
    await browser.submit(page, page, { name: 'one', value: 'again' });
    await browser.submit(page, `${page}/${id}/delete`, CONFIRMED);
    const { text } = await admin.get(`${admin.app(other)}/audit`);
    const trail = JSON.parse(text) as { type: string; outcome: string; error_code?: string; actor: { name: string } }[];
    expect(trail.map(({ type, outcome }) => `${type} ${outcome}`)).toEqual([
      'secret.delete success',
      'secret.create failure',
      'secret.create success',
    ]);
    expect(trail[1]!.error_code).toBe('http_409');
    expect(trail.at(-1)).toMatchObject({ actor: { name: admin.account.email }, details: { target: id, name: 'one' } });
    expect(text).not.toContain('hush');
  });
});

describe('the audit log', () => {
  it('shows what happened, filters it, and goes on page by page', async () => {
    const own = await server.make.app({ name: 'log' });
    const page = `${browser.app(own)}/audit`;
    const user = await server.make.emailUser(own);
    const client = server.client(own);
    for (let i = 0; i < 52; i += 1) await client.login('anon-user', {});
    await client.login('local-userpass', { username: user.email, password: 'wrong' });
    const first = await browser.get(page);
    expect(first.text).toContain('user.login');
    expect(first.text).toContain('InvalidPassword');
    const next = /<a rel="next" href="([^"]+)"/.exec(first.text)![1]!.replaceAll('&amp;', '&');
    expect((await browser.get(next)).text).not.toContain('rel="next"');
    const failed = await browser.get(`${page}?outcome=failure&type=user.login`);
    expect(failed.text.match(/<tr>/g)).toHaveLength(2);
    expect((await browser.get(`${page}?type=nothing`)).text).toContain('Nothing fits.');
    expect((await browser.get(`${page}?after=${'0'.repeat(24)}`)).status).toBe(400);
    const csv = /href="([^"]+format=csv)"/.exec(failed.text)![1]!.replaceAll('&amp;', '&');
    expect((await browser.get(csv)).text).toMatch(/^_id,date,type/);
    expect((await weak.get(page)).status).toBe(200);
  });

  it('of a group has what belongs to no app', async () => {
    const { text } = await browser.get(`/console${admin.group}/audit`);
    expect(text).toContain('admin.login');
    expect(text).toContain('admin_key.create');
    const elsewhere = await makeGroup(server);
    expect((await browser.get(`/console/groups/${elsewhere.toHexString()}/audit`)).status).toBe(404);
  });

  it('is on the page of a user, as far as it is about them', async () => {
    const own = await server.make.app({ name: 'line' });
    const user = await server.make.emailUser(own);
    const page = `${browser.app(own)}/users/${user.id}`;
    expect((await browser.get(page)).text).toContain('Nothing is recorded of this user yet.');
    await server.client(own).login('local-userpass', { username: user.email, password: user.password });
    await browser.submit(page, `${page}/revoke`, CONFIRMED);
    const { text } = await browser.get(page);
    expect(text).toContain('<code>user.login</code>');
    expect(text).toContain('<code>user.sessions_revoke</code>');
    expect(text).toContain(admin.account.email);
  });
});

describe('statistics', () => {
  it('are pictures with the numbers behind them, together and by provider', async () => {
    const own = await server.make.app({ name: 'counts' });
    const page = `${browser.app(own)}/statistics`;
    expect((await browser.get(page)).text).toContain('Nothing happened in this time.');
    const user = await server.make.emailUser(own);
    for (let i = 0; i < 3; i += 1) await server.client(own).login('anon-user', {});
    await server.client(own).login('local-userpass', { username: user.email, password: user.password });
    await server.client(own).login('local-userpass', { username: user.email, password: 'wrong' });
    const { text } = await browser.get(page);
    expect(text).toContain('aria-label="Logins per day: 4 in all, 4 on the busiest day"');
    expect(text).toContain('aria-label="Refused logins per day: 1 in all, 1 on the busiest day"');
    expect(text).toMatch(/<th scope="row">\d{4}-\d\d-\d\d<\/th><td class="number">4<\/td>/);
    expect(text).not.toContain(' style=');
    const split = await browser.get(`${page}?days=90&by=provider`);
    expect(split.text).toMatch(/<td>anon-user<\/td><td class="number">3<\/td>/);
    expect(split.text).toContain('series-1');
    expect((await browser.get(`${page}?days=1e9&by=x`)).status).toBe(200);
  });
});

describe('the system page', () => {
  it('says what runs and what to do, to administrators', async () => {
    const { text } = await browser.get('/console/system');
    expect(text).toContain(process.version);
    expect(text).toContain('LATCHKEY_BCRYPT_COST');
    expect((await weak.get('/console/system')).status).toBe(403);
    expect((await weak.get('/console/apps')).text).not.toContain('/console/system');
  });
});

describe('an address without a page', () => {
  it('says so, to whoever is logged in', async () => {
    const none = await browser.get('/console/nothing/here');
    expect([none.status, none.text.includes('There is no page at this address.')]).toEqual([404, true]);
    expect((await new ConsoleClient(server).get('/console/nothing')).status).toBe(303);
  });
});

describe('a page', () => {
  /** As many as there may be of one document. */
  async function multiply(collection: string, filter: Document, count: number, change: (n: number) => Document) {
    const all = server.get(Database).connection.db!.collection(collection);
    const one = (await all.findOne(filter))!;
    await all.insertMany(Array.from({ length: count }, (_, n) => ({ ...one, _id: new ObjectId(), ...change(n) })));
  }

  it('stays under 100 kB, however much there is', async () => {
    const group = await makeGroup(server);
    const owner = await makeAdmin(server, 'GROUP_OWNER', { groupId: group });
    const reader = new ConsoleClient(server, 'x'.repeat(300));
    await reader.login(owner.account);
    const full = await server.make.app({ name: 'full', group, providers: [{ type: 'anon-user' }] });
    const { userId } = await server.client(full).enterAnonymously();
    const long = '\u{1F469}'.repeat(64);
    const bytes = (n: number): Buffer => Buffer.from(`${n}`.padStart(32));
    await multiply('sessions', { app: full._id }, 499, (n) => ({ refreshTokenHash: bytes(n), userAgent: long }));
    const own = { owner: new ObjectId(owner.account.id) };
    await multiply('admin_sessions', own, 499, (n) => ({ refreshTokenHash: bytes(n), cookieHash: bytes(n) }));
    const name = (n: number): string => `app-with-a-long-name-${n}`;
    await multiply('apps', { _id: full._id }, 200, (n) => ({
      name: name(n),
      clientAppId: name(n),
      domain: new ObjectId(),
    }));
    await multiply('audit_events', { chain: full._id }, 200, (n) => ({ seq: 10_000 + n, userAgent: long }));
    const accessList = Array.from({ length: 200 }, (_, n) => {
      return { _id: new ObjectId(), address: `2001:db8:ffff:ffff:ffff:ffff:ffff:${n}`, comment: long };
    });
    await server.get(Database).connection.db!.collection('apps').updateOne({ _id: full._id }, { $set: { accessList } });
    server.get(AppsService).forget();
    const path = reader.app(full);
    const pages = ['', `/users/${userId}`, '/settings', '/audit', '/users'].map((page) => path + page);
    for (const page of [...pages, '/console/account', '/console/apps']) {
      const { status, text } = await reader.get(page);
      expect([page, status]).toEqual([page, 200]);
      expect([page, Buffer.byteLength(text) < 100_000]).toEqual([page, true]);
    }
    expect((await reader.get(`${path}/users/${userId}`)).text).toContain('and 450 more');
  });
});
