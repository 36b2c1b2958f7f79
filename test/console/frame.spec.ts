import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { App } from '../../src/apps/app.model.js';
import { ProviderConfigsService } from '../../src/providers/provider-configs.service.js';
import { makeAdmin, makeGroup, type AdminClient } from '../support/admin-client.js';
import { ConsoleClient } from '../support/console-client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { FakeClock } from '../support/fake-clock.js';
import { routesOf } from '../support/routes.js';

const clock = new FakeClock();
let server: TestServer;
let owner: AdminClient;
let app: App;

beforeAll(async () => {
  server = await createTestServer({ clock });
  owner = await makeAdmin(server);
  app = await server.make.app({ name: 'frame' });
});
afterAll(() => server.stop());

async function loggedIn(admin = owner): Promise<ConsoleClient> {
  const browser = new ConsoleClient(server);
  expect((await browser.login(admin.account)).status).toBe(303);
  return browser;
}

describe('logging in to the console', () => {
  it('leads from any page to the login, and back to that page', async () => {
    const browser = new ConsoleClient(server);
    const wanted = `${browser.app(app)}/users?search=ada`;
    const sent = await browser.get(wanted);
    expect([sent.status, sent.location]).toEqual([303, `/console/login?next=${encodeURIComponent(wanted)}`]);
    const form = await browser.get(sent.location!);
    expect(form.text).toContain('name="password"');
    const done = await browser.login(owner.account, wanted);
    expect([done.status, done.location]).toEqual([303, wanted]);
    expect((await browser.get(wanted)).status).toBe(200);
  });

  it('goes nowhere else, whatever the address says', async () => {
    for (const next of ['https://evil.example/', '//evil.example', '/console//evil.example', '/console/../x', '/x']) {
      const done = await new ConsoleClient(server).login(owner.account, next);
      expect(done.location).toBe('/console');
    }
  });

  it('sets a cookie that no script reads, and keeps pages out of caches and frames', async () => {
    const browser = new ConsoleClient(server);
    const done = await browser.login(owner.account);
    expect(done.headers.get('set-cookie')).toMatch(/^latchkey-admin=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/);
    const page = await browser.get(browser.app(app));
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'.*frame-ancestors 'none'/);
    expect(page.text).not.toMatch(/<script(?! src="\/console\/assets\/console\.js" defer><\/script>)| style=| on\w+=/);
  });

  it('says the same of a wrong password and an unknown address, and keeps the address', async () => {
    const texts = [];
    for (const email of [owner.account.email, 'nobody@example.com']) {
      const refused = await new ConsoleClient(server).login({ email, password: 'not it' });
      expect(refused.status).toBe(401);
      expect(refused.text).toContain(`value="${email}"`);
      expect(refused.text).not.toContain('not it');
      texts.push(refused.text.replace(email, ''));
    }
    expect(texts[0]).toBe(texts[1]);
  });

  it('is refused to forms of other pages, with a word on the address', async () => {
    const fields = { email: owner.account.email, password: owner.account.password };
    const refused = await new ConsoleClient(server).send('/console/login', fields, { origin: 'http://10.0.0.7:3000' });
    expect(refused.status).toBe(403);
    expect(refused.text).toContain('LATCHKEY_PUBLIC_URL');
    expect(refused.headers.get('set-cookie')).toBeNull();
  });

  it('ends the session that the browser had', async () => {
    const browser = await loggedIn();
    const old = new Map(browser.cookies);
    expect((await browser.login(owner.account)).status).toBe(303);
    const before = new ConsoleClient(server);
    for (const [name, value] of old) before.cookies.set(name, value);
    expect((await before.get('/console/apps')).status).toBe(303);
    expect((await browser.get('/console/apps')).status).toBe(200);
  });

  it('lasts an hour without use, and half a day with it', async () => {
    const idle = await loggedIn();
    const busy = await loggedIn();
    clock.advance(3_500);
    expect((await idle.get('/console/apps')).status).toBe(200);
    clock.advance(3_601);
    expect((await idle.get('/console/apps')).location).toContain('/console/login');
    expect((await busy.get('/console/apps')).status).toBe(303);
    const whole = await loggedIn();
    clock.advance(43_201);
    expect((await whole.get('/console/apps')).status).toBe(303);
  });

  it('ends with the log-out and with a change of the password', async () => {
    const admin = await makeAdmin(server);
    const browser = await loggedIn(admin);
    const cookies = new Map(browser.cookies);
    const out = await browser.submit('/console/apps', '/console/logout');
    expect([out.status, out.location]).toEqual([303, '/console/login?said=bye']);
    for (const [name, value] of cookies) browser.cookies.set(name, value);
    expect((await browser.get('/console/apps')).status).toBe(303);

    const other = await loggedIn(admin);
    const change = { old_password: admin.account.password, password: 'another password' };
    expect((await admin.put('/auth/password', change)).status).toBe(204);
    expect((await other.get('/console/apps')).status).toBe(303);
  });
});

describe('a form of the console', () => {
  it('is taken with the token of its own session only', async () => {
    const browser = await loggedIn();
    const stranger = await loggedIn();
    const theirs = /name="_csrf" value="([^"]+)"/.exec((await stranger.get('/console/apps')).text)![1]!;
    const before = (await browser.get('/console/apps')).text;
    const tokens: Record<string, string>[] = [{}, { _csrf: '' }, { _csrf: 'x' }, { _csrf: theirs }];
    for (const fields of tokens) {
      const refused = await browser.send('/console/apps', { name: 'forged', ...fields });
      expect(refused.status).toBe(403);
    }
    const foreign = await browser.send('/console/apps', { name: 'forged' }, { origin: 'https://evil.example' });
    expect(foreign.status).toBe(403);
    expect(before).not.toContain('forged');
    expect((await browser.get('/console/apps')).text).not.toContain('forged');
  });
});

describe('every form of the console', () => {
  const OPEN = /^\/console\/(login|setup|invitation)$/;
  /** What administrators of every role do about themselves. */
  const OWN = /^\/console\/(account|logout)/;
  const forms = (): string[] =>
    routesOf(server)
      .filter(({ method, path }) => method === 'POST' && path.startsWith('/console') && !OPEN.test(path))
      .map(({ path }) =>
        path
          .replace(':groupId', app.group.toHexString())
          .replace(':appId', app._id.toHexString())
          .replaceAll(/:(?:id|sessionId|keyId|jobId)/g, '0'.repeat(24))
          .replace(':type', 'anon-user')
          .replace(':kid', 'kid'),
      );

  it('is refused without the token of the session, from pages of others, and to whoever is not logged in', async () => {
    const browser = await loggedIn();
    const nobody = new ConsoleClient(server);
    const token = /name="_csrf" value="([^"]+)"/.exec((await browser.get('/console/apps')).text)![1]!;
    expect(forms().length).toBeGreaterThan(50);
    const taken: string[] = [];
    const expectStatus = (path: string, page: { status: number }, status: number): void => {
      if (page.status !== status) taken.push(`${path}: ${page.status}`);
    };
    for (const path of forms()) {
      expectStatus(path, await browser.send(path, { confirm: 'yes' }), 403);
      expectStatus(path, await browser.send(path, { _csrf: token }, { origin: 'https://evil.example' }), 403);
      expectStatus(path, await browser.send(path, { _csrf: token }, { origin: 'null' }), 403);
      const sent = await nobody.send(path, { _csrf: token });
      if (!sent.location?.startsWith('/console/login')) taken.push(`${path}: to ${sent.location}`);
    }
    expect(taken).toEqual([]);
  });

  it('is on no page of whoever may only read, and refused to them', async () => {
    const reader = await makeAdmin(server, 'GROUP_READ_ONLY');
    const browser = await loggedIn(reader);
    const user = await server.make.emailUser(app);
    const [provider] = await server.get(ProviderConfigsService).list(app);
    const pages = routesOf(server).filter(
      ({ method, path }) => method === 'GET' && /^\/console\/(groups|apps|adm)/.test(path),
    );
    const seen: string[] = [];
    for (const { path } of pages) {
      const at = path
        .replace(':groupId', app.group.toHexString())
        .replace(':appId', app._id.toHexString())
        .replace('/users/:id', `/users/${user.id}`)
        .replace('/providers/:id', `/providers/${provider!._id.toHexString()}`)
        .replace(/:(id|jobId)/, '0'.repeat(24))
        .replace(':type', 'oidc');
      const page = await browser.get(at);
      expect([at, [200, 403, 404].includes(page.status)]).toEqual([at, true]);
      if (/<main[^]*<form method="post"[^]*<button/.test(page.text)) seen.push(at);
    }
    expect(seen).toEqual([]);

    const { text } = await browser.get('/console/apps');
    const fields = {
      _csrf: /name="_csrf" value="([^"]+)"/.exec(text)![1]!,
      confirm: 'yes',
      group: app.group.toHexString(),
    };
    const done: string[] = [];
    for (const path of forms().filter((path) => !OWN.test(path))) {
      const refused = await browser.send(path, fields, { referer: `${server.publicUrl}/console/apps` });
      const { text } = refused.location === null ? refused : await browser.get(refused.location);
      if (!/flash failed[^]*GROUP_(OWNER|ADMIN|SUPPORT)/.test(text)) done.push(`${path}: ${refused.status}`);
    }
    expect(done).toEqual([]);
  });
});

describe('apps', () => {
  it('are made, and opened with snippets that hold the address and the id', async () => {
    const browser = await loggedIn();
    const group = owner.account.groupId.toHexString();
    const made = await browser.submit('/console/apps', '/console/apps', { name: 'fresh', group });
    expect(made.status).toBe(303);
    const page = await browser.get(made.location!);
    expect(page.text).toContain('The app fresh is there.');
    expect(page.text).toMatch(/fresh-[a-z]{5}/);
    expect(page.text).toContain(server.publicUrl);
    expect((await browser.get(made.location!)).text).not.toContain('The app fresh is there.');
    expect((await browser.get('/console')).status).toBe(303);
  });

  it('keep what was typed where a name is wrong', async () => {
    const browser = await loggedIn();
    const group = owner.account.groupId.toHexString();
    const refused = await browser.submit('/console/apps', '/console/apps', { name: '1 wrong', group });
    expect(refused.status).toBe(400);
    expect(refused.text).toContain('value="1 wrong"');
    expect(refused.text).toContain('role="alert"');
  });

  it('are hidden from, and refused to, whoever may not', async () => {
    const reader = await makeAdmin(server, 'GROUP_READ_ONLY');
    const browser = await loggedIn(reader);
    const page = await browser.get('/console/apps');
    expect(page.text).not.toContain('Create the app');
    const fields = { name: 'weak', group: reader.account.groupId.toHexString() };
    const refused = await browser.submit('/console/apps', '/console/apps', fields);
    expect(refused.status).toBe(303);
    const after = await browser.get(refused.location!);
    expect(after.text).toContain('GROUP_ADMIN');
    expect(after.text).not.toContain('weak');

    const elsewhere = await loggedIn(await makeAdmin(server, 'GROUP_OWNER', { groupId: await makeGroup(server) }));
    expect((await elsewhere.get(elsewhere.app(app))).status).toBe(404);
    expect((await elsewhere.get('/console/apps')).text).not.toContain(app.clientAppId);
  });
});

describe('behind a proxy with a path', () => {
  it('links to where browsers find the pages', async () => {
    const behind = await createTestServer({ env: { LATCHKEY_PUBLIC_URL: 'https://example.com/auth' } });
    try {
      const admin = await makeAdmin(behind);
      const browser = new ConsoleClient(behind);
      const done = await browser.login(admin.account);
      expect(done.headers.get('set-cookie')).toMatch(/^__Host-latchkey-admin=[\w-]+; Path=\/; .*Secure/);
      expect(done.location).toBe('/auth/console');
      const place = await behind.make.app({ name: 'behind' });
      for (const { method, path } of routesOf(behind)) {
        if (method !== 'GET' || !/^\/(console(?!.*assets)|$)/.test(path)) continue;
        const at = path
          .replace(':groupId', place.group.toHexString())
          .replace(':appId', place._id.toHexString())
          .replaceAll(/:(id|jobId)/g, '0'.repeat(24))
          .replace(':type', 'oidc');
        const { text } = await browser.get(at);
        const links = [...text.matchAll(/(?:href|action|src)="([^"#]+)"/g)].map(([, link]) => link!);
        expect(links.filter((link) => !/^(\/auth\/|assets\/console\.css|assets\/icon\.svg)/.test(link))).toEqual([]);
      }
      const first = await browser.get('/console');
      expect(first.location).toMatch(/^\/auth\/console\/groups\//);
      const asked = await new ConsoleClient(behind).get('/console/apps');
      expect(asked.location).toBe(`/auth/console/login?next=${encodeURIComponent('/auth/console/apps')}`);
    } finally {
      await behind.stop();
    }
  });
});
