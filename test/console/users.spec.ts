import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ObjectId } from 'mongodb';
import type { App } from '../../src/apps/app.model.js';
import { BulkJobsService } from '../../src/accounts/bulk/bulk-jobs.service.js';
import { Database } from '../../src/database/database.js';
import { makeAdmin, type AdminClient } from '../support/admin-client.js';
import { ConsoleClient } from '../support/console-client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { waitUntil } from '../support/wait.js';

let server: TestServer;
let support: AdminClient;
let browser: ConsoleClient;
let app: App;
let users: string;

beforeAll(async () => {
  server = await createTestServer();
  support = await makeAdmin(server, 'GROUP_SUPPORT');
  app = await server.make.app({ name: 'people' });
  browser = new ConsoleClient(server);
  await browser.login(support.account);
  users = `${browser.app(app)}/users`;
});
afterAll(() => server.stop());

const login = ({ email, password }: { email: string; password: string }) =>
  server.client(app).login('local-userpass', { username: email, password });

describe('the list of users', () => {
  it('teaches while it is empty, and finds by search and filters', async () => {
    const empty = await server.make.app({ name: 'empty' });
    expect((await browser.get(`${browser.app(empty)}/users`)).text).toContain('No user yet');
    const ada = await server.make.emailUser(app, { email: 'ada.lovelace@example.com' });
    const bob = await server.make.emailUser(app, { email: 'bob@example.com' });
    const found = await browser.get(`${users}?search=ada.lov`);
    expect(found.text).toContain(ada.id);
    expect(found.text).not.toContain(bob.id);
    await server.admin.disable(app, bob.id);
    const disabled = await browser.get(`${users}?status=disabled&search=&type=&provider_types=`);
    expect(disabled.text).toContain(bob.id);
    expect(disabled.text).not.toContain(ada.id);
    expect((await browser.get(`${users}?search=nobody-at-all`)).text).toContain('Nobody fits');
    const today = new Date().toISOString().slice(0, 10);
    expect((await browser.get(`${users}?created_from=${today}&created_to=${today}`)).text).toContain(ada.id);
  });

  it('says what is wrong with a filter, and keeps the others', async () => {
    const page = await browser.get(`${users}?created_from=yesterday&search=ada`);
    expect(page.status).toBe(400);
    expect(page.text).toContain('role="alert"');
    expect(page.text).toContain('value="ada"');
  });

  it('goes on page by page, everybody once', async () => {
    const many = await server.make.app({ name: 'many' });
    const made = [];
    for (let i = 0; i < 53; i += 1) made.push((await server.make.emailUser(many)).id);
    const first = await browser.get(`${browser.app(many)}/users`);
    const next = /<a rel="next" href="([^"]+)"/.exec(first.text)![1]!.replaceAll('&amp;', '&');
    const second = await browser.get(next);
    const seen = [first, second].flatMap(({ text }) =>
      [...text.matchAll(/name="id:([0-9a-f]{24})"/g)].map(([, id]) => id),
    );
    expect(seen).toEqual(made.reverse());
    expect(second.text).not.toContain('rel="next"');
  });

  it('finds and pages among ten thousand, and stays small whatever they are called', async () => {
    const crowd = await server.make.app({ name: 'crowd' });
    const name = `${'\u{1F469}\u200D\u{1F680}<b>=1+1'.repeat(8)}${'x'.repeat(3_000)}`;
    const people = Array.from({ length: 10_000 }, (_, i) => {
      const _id = new ObjectId();
      const email = `person-${i}@example.com`;
      const data = i < 60 ? { name } : { email, name: `Person ${i}` };
      const identity = { id: _id.toHexString(), key: `anon-user:${_id.toHexString()}`, provider: 'anon-user' };
      return {
        _id,
        app: crowd._id,
        type: 'normal',
        data,
        identities: [{ ...identity, providerId: _id, data, createdAt: new Date() }],
        searchKeys: i < 60 ? [] : [email],
        epoch: 0,
        disabled: false,
        createdAt: new Date(),
      };
    });
    const collection = server.get(Database).connection.db!.collection('users');
    for (let i = 0; i < people.length; i += 2_500) await collection.insertMany(people.slice(i, i + 2_500));
    const list = `${browser.app(crowd)}/users`;
    for (let i = 0; i < 2; i += 1) expect((await browser.get(browser.app(crowd))).text).toContain('10,000 users');
    const first = await browser.get(list);
    expect(first.text).toContain('person-9999@example.com');
    expect((await browser.get(`${list}?search=person-4321@`)).text).toContain('person-4321@example.com');
    const last = await browser.get(`${list}?after=${people[50]!._id.toHexString()}`);
    expect(last.text.match(/name="id:/g)).toHaveLength(50);
    expect(last.text).not.toContain('rel="next"');
    expect(Buffer.byteLength(last.text)).toBeLessThan(100_000);
    expect(last.text).not.toContain('<b>');

    // All of them: a job, which others do not wait for.
    const all = { action: 'enable', search: '', status: '' };
    const asked = await browser.submit(list, `${list}/bulk/all`, all);
    expect(asked.text).toContain('Enable 10,000 users?');
    expect(asked.text).toContain('All users of crowd');
    const started = await browser.submit(list, `${list}/bulk/all`, { ...all, confirm: 'yes' });
    expect(started.location).toMatch(/\/users\/jobs\/[0-9a-f]{24}$/);
    const handled = async (): Promise<number> => {
      const [, count = '0'] = /([\d,]+) of 10,000/.exec((await browser.get(started.location!)).text) ?? [];
      return Number(count.replace(',', ''));
    };
    await waitUntil(async () => (await handled()) > 0);
    expect((await login(await server.make.emailUser(app))).status).toBe(200);
    expect((await browser.get(list)).status).toBe(200);
    const goesOn = await browser.get(started.location!);
    expect(goesOn.text).toContain('http-equiv="refresh"');
    expect(goesOn.text).toContain('data-live');
    const stopped = await browser.submit(started.location!, `${started.location}/stop`);
    const over = await browser.get(stopped.location!);
    expect(over.text).toContain('It was stopped. What was done stays done.');
    expect(over.text).not.toContain('http-equiv="refresh"');
    // The step that was under way is counted, and no other begins.
    await server.get(BulkJobsService).work();
    const count = await handled();
    expect(count).toBeLessThan(10_000);
    await server.get(BulkJobsService).work();
    expect(await handled()).toBe(count);
    expect((await browser.get(`${list}/jobs`)).text).toContain(started.location);
  }, 60_000);

  it('acts on all that match as a job, once it was confirmed, and can be stopped', async () => {
    const few = await server.make.app({ name: 'few' });
    const list = `${browser.app(few)}/users`;
    const [one, two] = [await server.make.emailUser(few), await server.make.emailUser(few)];
    const form = { action: 'delete', search: one.email };
    const asked = await browser.submit(list, `${list}/bulk/all`, form);
    expect(asked.text).toContain('Delete 1 user?');
    expect(asked.text).toContain(`Search: ${one.email}`);
    const wrong = await browser.submit(list, `${list}/bulk/all`, { ...form, confirm: 'yes', typed: 'few' });
    expect(wrong.status).toBe(400);
    const confirmed = { ...form, confirm: 'yes', typed: few.clientAppId };
    const { location } = await browser.submit(list, `${list}/bulk/all`, confirmed);
    await waitUntil(async () => (await browser.get(location!)).text.includes('It is done.'));
    expect((await browser.get(list)).text).not.toContain(one.id);
    expect((await browser.get(list)).text).toContain(two.id);
    const stop = await browser.submit(list, `${location!}/stop`);
    expect((await browser.get(stop.location!)).text).toContain('It was over already.');
    const again = await browser.submit(list, `${list}/bulk/all`, confirmed);
    expect((await browser.get(again.location!)).text).toContain('Nobody fits');
    const odd = await browser.submit(list, `${list}/bulk/all`, { action: 'explode' });
    expect((await browser.get(odd.location!)).text).toContain('flash failed');
    expect((await browser.get(`${list}/jobs/${'0'.repeat(24)}`)).status).toBe(404);
  });

  it('acts on all who are selected, once it was confirmed', async () => {
    const [one, two] = [await server.make.emailUser(app), await server.make.emailUser(app)];
    const fields = { action: 'delete', [`id:${one.id}`]: 'on', [`id:${two.id}`]: 'on' };
    const asked = await browser.submit(users, `${users}/bulk`, fields);
    expect(asked.text).toContain('Delete 2 users?');
    const wrong = await browser.submit(users, `${users}/bulk`, { ...fields, confirm: 'yes', typed: '3' });
    expect(wrong.status).toBe(400);
    expect((await login(one)).status).toBe(200);
    const done = await browser.submit(users, `${users}/bulk`, { ...fields, confirm: 'yes', typed: '2' });
    expect((await browser.get(done.location!)).text).toContain('Done for 2 users.');
    expect((await login(one)).status).toBe(401);
    expect((await login(two)).status).toBe(401);
    const odds: Record<string, string>[] = [{ action: 'delete' }, { action: 'explode', 'id:1': 'on' }];
    for (const odd of odds) {
      const refused = await browser.submit(users, `${users}/bulk`, odd);
      expect((await browser.get(refused.location!)).text).toContain('flash failed');
    }
  });

  it('is exported by the Admin API with the same cookie', async () => {
    const link = /href="([^"]+users\/export[^"]+format=csv)"/.exec((await browser.get(users)).text)![1]!;
    const file = await browser.get(link.replaceAll('&amp;', '&'));
    expect(file.status).toBe(200);
    expect(file.text).toContain('ada.lovelace@example.com');
  });
});

describe('a new user', () => {
  it('can log in; a mistake keeps the address', async () => {
    const wanted = { email: 'new@example.com', password: 'secret1' };
    const short = await browser.submit(`${users}/new`, `${users}/new`, { ...wanted, password: 'abc' });
    expect(short.status).toBe(400);
    expect(short.text).toContain('value="new@example.com"');
    expect(short.text).not.toContain('abc"');
    const made = await browser.submit(`${users}/new`, `${users}/new`, wanted);
    expect((await browser.get(made.location!)).text).toContain('new@example.com can log in now.');
    expect((await login(wanted)).status).toBe(200);
    expect((await browser.submit(`${users}/new`, `${users}/new`, wanted)).status).toBe(409);
  });
});

describe('the page of a user', () => {
  it('revokes all sessions, and the SDK is refused at once', async () => {
    const user = await server.make.emailUser(app);
    const session = await login(user);
    const page = `${users}/${user.id}`;
    expect((await browser.get(page)).text).toContain('127.0.0.1');
    expect((await browser.submit(page, `${page}/revoke`)).text).toContain('Revoke all sessions?');
    expect((await server.client(app).profile(session.body.access_token)).status).toBe(200);
    const done = await browser.submit(page, `${page}/revoke`, { confirm: 'yes' });
    expect((await browser.get(done.location!)).text).toContain('All sessions are revoked');
    expect((await server.client(app).profile(session.body.access_token)).status).toBe(401);
    expect((await server.client(app).refresh(session.body.refresh_token)).status).toBe(401);
  });

  it('ends one session and leaves the others', async () => {
    const user = await server.make.emailUser(app);
    const [first, second] = [await login(user), await login(user)];
    const page = `${users}/${user.id}`;
    const ids = [...(await browser.get(page)).text.matchAll(/\/sessions\/([0-9a-f]{24})"/g)].map(([, id]) => id!);
    expect(ids).toHaveLength(2);
    await browser.submit(page, `${page}/sessions/${ids.sort()[0]}`);
    expect((await server.client(app).profile(first.body.access_token)).status).toBe(401);
    expect((await server.client(app).profile(second.body.access_token)).status).toBe(200);
    const again = await browser.submit(page, `${page}/sessions/${ids[0]}`);
    expect(again.location).toBe(page);
    expect((await browser.get(page)).text).toContain('flash failed');
  });

  it('disables, enables, and sets a password', async () => {
    const user = await server.make.emailUser(app);
    const page = `${users}/${user.id}`;
    await browser.submit(page, `${page}/disable`, { confirm: 'yes' });
    expect((await login(user)).status).toBe(401);
    await browser.submit(page, `${page}/enable`);
    expect((await login(user)).status).toBe(200);
    expect((await browser.submit(page, `${page}/password`, { password: 'abc' })).status).toBe(400);
    expect((await browser.submit(page, `${page}/password`, { password: 'another one' })).status).toBe(303);
    expect((await login(user)).status).toBe(401);
    expect((await login({ ...user, password: 'another one' })).status).toBe(200);
  });

  it('deletes only once the address or the id was typed', async () => {
    const user = await server.make.emailUser(app);
    const page = `${users}/${user.id}`;
    for (const typed of ['', 'yes', 'USER']) {
      expect((await browser.submit(page, `${page}/delete`, { confirm: 'yes', typed })).status).toBe(400);
    }
    const done = await browser.submit(page, `${page}/delete`, { confirm: 'yes', typed: user.email });
    expect([done.status, done.location]).toEqual([303, users]);
    expect((await browser.get(page)).status).toBe(404);
    expect((await browser.get(`${users}/not-an-id`)).status).toBe(400);
  });

  it('removes an identity', async () => {
    const user = await server.make.emailUser(app);
    const page = `${users}/${user.id}`;
    const identity = /name="identity" value="([^"]+)"/.exec((await browser.get(page)).text)![1]!;
    const asked = await browser.submit(page, `${page}/identities`, { identity });
    expect(asked.text).toContain('Remove this identity?');
    const unknown = await browser.submit(page, `${page}/identities`, { identity: 'nothing', confirm: 'yes' });
    expect(unknown.location).toBe(page);
    expect((await browser.get(page)).text).toContain('flash failed');
  });

  it('keeps custom data, refuses what is no JSON, and overwrites nobody', async () => {
    const user = await server.make.emailUser(app);
    const page = `${users}/${user.id}`;
    const wrong = await browser.submit(page, `${page}/custom_data`, { json: '{"a": ', version: '0' });
    expect(wrong.status).toBe(400);
    expect(wrong.text).toContain('{&quot;a&quot;: </textarea>');
    for (const json of ['[]', '{"$set": 1}', 'null']) {
      expect((await browser.submit(page, `${page}/custom_data`, { json, version: '0' })).status).toBe(400);
    }
    const saved = await browser.submit(page, `${page}/custom_data`, { json: '{"plan":"pro"}', version: '0' });
    expect(saved.status).toBe(303);
    const late = await browser.submit(page, `${page}/custom_data`, { json: '{"plan":"free"}', version: '0' });
    expect(late.status).toBe(412);
    expect(late.text).toContain('&quot;plan&quot;:&quot;free&quot;');
    const { text } = await support.get(`${support.app(app)}/users/${user.id}/custom_data`);
    expect(JSON.parse(text)).toEqual({ plan: 'pro' });
  });

  it('shows everything that came from users as text', async () => {
    const nasty = `<script>alert(1)</script>"'=cmd|' /C calc'!A0 \u202Eexe.\u{1F600}${'x'.repeat(2_000)}`;
    const user = await server.make.emailUser(app);
    const page = `${users}/${user.id}`;
    await browser.submit(page, `${page}/custom_data`, { json: JSON.stringify({ nasty }), version: '0' });
    const other = new ConsoleClient(server, '<img src=x onerror=alert(1)>');
    const client = { 'user-agent': '<img src=x onerror=alert(1)>' };
    await fetch(`${server.baseUrl}/api/client/v2.0/app/${app.clientAppId}/auth/providers/local-userpass/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...client },
      body: JSON.stringify({ username: user.email, password: user.password }),
    });
    await other.login(support.account);
    const { text } = await other.get(page);
    expect(text).not.toMatch(/<script(?! src=)|<img/);
    expect(text).toContain('&lt;script>');
    expect(text).toContain('&lt;img src=x');
    expect((await other.get(`${users}?search=${encodeURIComponent(nasty)}`)).text).not.toContain('<script>');
  });

  it('is for reading only where the role is no more', async () => {
    const reader = await makeAdmin(server, 'GROUP_READ_ONLY');
    const weak = new ConsoleClient(server);
    await weak.login(reader.account);
    const user = await server.make.emailUser(app);
    const page = `${users}/${user.id}`;
    const { text } = await weak.get(page);
    expect(text).toContain(user.email);
    expect(text).not.toMatch(/\/(revoke|disable|delete|password)"/);
    const tries: [string, Record<string, string>][] = [
      [`${page}/revoke`, { confirm: 'yes' }],
      [`${page}/delete`, { confirm: 'yes', typed: user.email }],
      [`${page}/password`, { password: 'another one' }],
      [`${users}/bulk`, { action: 'delete', [`id:${user.id}`]: 'on', confirm: 'yes', typed: '1' }],
    ];
    for (const [path, fields] of tries) {
      await weak.submit(page, path, fields);
      expect((await weak.get(page)).text).toContain('GROUP_SUPPORT');
    }
    expect((await login(user)).status).toBe(200);
  });
});

describe('how a user gets in', () => {
  const after = async (page: string, path: string, fields: Record<string, string> = {}, by = browser) => {
    const done = await by.submit(page, path, fields);
    return done.location === null ? done : by.get(done.location);
  };

  it('gets another address, and a mail to choose a password', async () => {
    const user = await server.make.emailUser(app);
    const page = `${users}/${user.id}`;
    const odd = await browser.submit(page, `${page}/email`, { email: 'nobody' });
    expect([odd.status, odd.text.includes('value="nobody"')]).toEqual([400, true]);
    const changed = await after(page, `${page}/email`, { email: 'moved@example.com' });
    expect(changed.text).toContain('The address is changed');
    expect((await login(user)).status).toBe(401);
    expect((await login({ ...user, email: 'moved@example.com' })).status).toBe(200);
    expect((await after(page, `${page}/reset`)).text).toContain('is on its way');
    expect((await browser.get(`${browser.app(app)}/mails`)).text).toContain('moved@example.com');
  });

  it('gets an identity of a provider, unless it is somebody else’s', async () => {
    const linking = await server.make.app({
      name: 'linking',
      providers: [
        { type: 'anon-user' },
        { type: 'local-userpass', settings: { config: { autoConfirm: true } } },
        { type: 'custom-token' },
      ],
    });
    const path = `${browser.app(linking)}/users`;
    const [one, two] = [await server.make.emailUser(linking), await server.make.emailUser(linking)];
    const page = `${path}/${one.id}`;
    expect((await browser.get(page)).text).toMatch(/<option value="custom-token"/);
    const wanted = { provider: 'custom-token', subject: 'ada-1' };
    const linked = await after(page, `${page}/identities/link`, wanted);
    expect(linked.text).toContain('can log in with it now');
    expect(linked.text).toContain('ada-1');
    const taken = await browser.submit(`${path}/${two.id}`, `${path}/${two.id}/identities/link`, wanted);
    expect([taken.status, taken.text.includes('value="ada-1"')]).toEqual([409, true]);
    expect(taken.text).toContain(`<a href="${page}">See the user whose it is</a>`);
    for (const odd of [
      { provider: 'local-userpass', subject: 'x' },
      { provider: 'custom-token', subject: '' },
    ]) {
      expect((await browser.submit(page, `${page}/identities/link`, odd)).status).toBe(400);
    }
    const unknown = await browser.submit(page, `${page}/identities/link`, { provider: 'nobody', subject: 'x' });
    expect(unknown.status).toBe(404);
    const removal = { identity: 'ada-1', provider: 'custom-token', confirm: 'yes' };
    expect((await after(page, `${page}/identities`, removal)).text).toContain('The identity is removed.');
    expect((await browser.get(`${users}/${(await server.make.emailUser(app)).id}`)).text).not.toContain(
      'name="subject"',
    );
  });

  it('gets an address where there was none, and is invited by mail', async () => {
    const anonymous = await server.client(app).login('anon-user', {});
    const page = `${users}/${anonymous.body.user_id}`;
    const wanted = { email: 'named@example.com', password: 'secret words' };
    const short = await browser.submit(page, `${page}/email/add`, { ...wanted, password: 'x' });
    expect([short.status, short.text.includes('value="named@example.com"')]).toEqual([400, true]);
    expect((await after(page, `${page}/email/add`, wanted)).text).toContain('can log in with it now');
    expect((await login(wanted)).body.user_id).toBe(anonymous.body.user_id);
    const invited = await after(`${users}/new`, `${users}/invite`, { email: 'guest@example.com' });
    expect(invited.text).toContain('An invitation for guest@example.com is on its way.');
    const twice = await after(`${users}/new`, `${users}/invite`, { email: wanted.email });
    expect(twice.text).toContain('flash failed');
  });

  it('loses an API key', async () => {
    const settings = { config: { autoConfirm: true } };
    const providers = [{ type: 'api-key' }, { type: 'local-userpass', settings }];
    const own = await server.make.app({ name: 'keyed', providers });
    const client = server.client(own);
    const { email, password } = await server.make.emailUser(own);
    const session = await client.login('local-userpass', { username: email, password });
    const made = await client.request('POST', '/api/client/v2.0/auth/api_keys', {
      token: session.body.refresh_token,
      body: { name: 'mine' },
    });
    const page = `${browser.app(own)}/users/${session.body.user_id}`;
    const id = /keys\/([0-9a-f]{24})\/delete/.exec((await browser.get(page)).text)![1]!;
    expect((await browser.submit(page, `${page}/keys/${id}/delete`)).text).toContain('Delete this API key?');
    expect((await client.login('api-key', { key: made.body['key'] })).status).toBe(200);
    const gone = await after(page, `${page}/keys/${id}/delete`, { confirm: 'yes' });
    expect(gone.text).toContain('The API key is deleted.');
    expect((await client.login('api-key', { key: made.body['key'] })).status).toBe(401);
    expect((await after(page, `${page}/keys/${id}/delete`, { confirm: 'yes', _back: page })).text).toContain(
      'flash failed',
    );
  });

  it('becomes one with another, by administrators who saw what moves and what is lost', async () => {
    const [one, two] = [await server.make.emailUser(app), await server.client(app).login('anon-user', {})];
    const page = `${users}/${one.id}`;
    const other = two.body.user_id;
    expect((await after(page, `${page}/merge`, { other })).text).toContain('GROUP_ADMIN');
    const strong = new ConsoleClient(server);
    await strong.login((await makeAdmin(server, 'GROUP_ADMIN')).account);
    expect((await after(page, `${page}/merge`, { other: 'nobody' }, strong)).text).toContain('24 hex digits');
    const asked = await strong.submit(page, `${page}/merge`, { other });
    expect(asked.text).toContain('is lost: anon-user');
    expect((await strong.submit(page, `${page}/merge`, { other, confirm: 'yes', typed: one.id })).status).toBe(400);
    const merged = await after(page, `${page}/merge`, { other, confirm: 'yes', typed: other }, strong);
    expect(merged.text).toContain('They are one user now.');
    expect((await strong.get(`${users}/${other}`)).status).toBe(404);
    expect((await server.client(app).profile(two.body.access_token)).status).toBe(401);
    expect((await login(one)).status).toBe(200);
  });
});
