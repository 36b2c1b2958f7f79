import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { App } from '../../src/apps/app.model.js';
import { makeAdmin, type AdminClient } from '../support/admin-client.js';
import { ConsoleClient, type Page } from '../support/console-client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { IdentityProvider } from '../support/identity-provider.js';
import { makeOidcApp, oidcSettings } from '../support/oidc-app.js';
import { logInByRedirect, sessionOf } from '../support/redirect-login.js';

let server: TestServer;
let admin: AdminClient;
let browser: ConsoleClient;
let app: App;
let page: string;

beforeAll(async () => {
  server = await createTestServer();
  admin = await makeAdmin(server, 'GROUP_ADMIN');
  browser = new ConsoleClient(server);
  await browser.login(admin.account);
  const settings = { config: { autoConfirm: true, resetPasswordUrl: 'https://shop.example/reset', kept: [1, 2] } };
  app = await server.make.app({
    name: 'ways',
    providers: [{ type: 'anon-user' }, { type: 'local-userpass', settings }],
  });
  page = `${browser.app(app)}/providers`;
});
afterAll(() => server.stop());

async function after(on: string, to: string, fields: Record<string, string> = {}): Promise<Page> {
  const done = await browser.submit(on, to, fields);
  return done.location === null ? done : browser.get(done.location);
}

async function idOf(type: string): Promise<string> {
  const list = (await admin.get(`${admin.app(app)}/auth_providers`)).body as unknown as { _id: string; type: string }[];
  return list.find((one) => one.type === type)!._id;
}

const stored = async (id: string) => (await admin.get(`${admin.app(app)}/auth_providers/${id}`)).body;

/** What a browser would send of the form as it was opened. */
function fieldsOf({ text }: Page): Record<string, string> {
  const plain = (value: string): string =>
    value.replaceAll('&quot;', '"').replaceAll('&amp;', '&').replaceAll('&lt;', '<');
  const main = text.slice(text.indexOf('<main'));
  const fields: Record<string, string> = { was: plain(/name="was" value="([^"]*)"/.exec(main)![1]!) };
  for (const [tag] of main.matchAll(/<input [^>]*>/g)) {
    const name = /name="(set:[^"]+)"/.exec(tag)?.[1];
    if (!name || (tag.includes('type="checkbox"') && !/ checked[ />]/.test(tag))) continue;
    fields[name] = plain(/ value="([^"]*)"/.exec(tag)?.[1] ?? '');
  }
  for (const [, name, value] of main.matchAll(/<textarea [^>]*name="(set:[^"]+)"[^>]*>([^<]*)</g)) {
    fields[name!] = plain(value!).replaceAll('\n', '\r\n');
  }
  for (const [, name, inner] of main.matchAll(/<select [^>]*name="(set:[^"]+)"[^>]*>(.*?)<\/select>/g)) {
    fields[name!] = /<option(?=[^>]* selected)[^>]* value="([^"]*)"/.exec(inner!)?.[1] ?? '';
  }
  return fields;
}

describe('the page of providers', () => {
  it('turns one off and on', async () => {
    const id = await idOf('anon-user');
    const client = server.client(app);
    expect((await browser.submit(page, `${page}/${id}/off`)).text).toContain('Turn this provider off?');
    expect((await client.login('anon-user', {})).status).toBe(200);
    expect((await after(page, `${page}/${id}/off`, { confirm: 'yes' })).text).toContain('anon-user is off.');
    expect((await client.login('anon-user', {})).status).not.toBe(200);
    expect((await after(page, `${page}/${id}/on`)).text).toContain('anon-user is on');
    expect((await client.login('anon-user', {})).status).toBe(200);
    const refused = await after(page, `${page}/${id}/delete`, { confirm: 'yes', typed: 'anon-user' });
    expect(refused.text).toContain('disable it first');
  });

  it('adds one by the form that its schema draws, and deletes it', async () => {
    expect((await browser.get(page)).text).toContain('/providers/new/custom-token"');
    const form = await browser.get(`${page}/new/custom-token`);
    expect(form.text).toContain('Signing algorithm');
    const given = {
      'set:config.signingAlgorithm': 'RS256',
      'set:config.audience': 'one, two\r\nthree',
      'set:config.clockSkewSeconds': '30',
      'set:config.requireAnyAudience': 'on',
      'set:secret_config.signingKeys': 'issuer-key',
      'set:metadata_fields': '[{"required": true, "name": "email"}]',
    };
    const to = `${page}/new/custom-token`;
    const wrong = await browser.submit(to, to, { ...given, 'set:config.clockSkewSeconds': '600' });
    expect(wrong.status).toBe(400);
    expect(wrong.text).toContain('value="600"');
    expect(wrong.text).toContain('one, two');
    const noJson = await browser.submit(to, to, { ...given, 'set:metadata_fields': '[{' });
    expect([noJson.status, noJson.text.includes('is no JSON')]).toEqual([400, true]);
    expect((await after(to, to, given)).text).toContain('custom-token is added, and on.');
    const id = await idOf('custom-token');
    expect(await stored(id)).toMatchObject({
      config: {
        signingAlgorithm: 'RS256',
        audience: ['one', 'two', 'three'],
        clockSkewSeconds: 30,
        requireAnyAudience: true,
      },
      secret_config: { signingKeys: ['issuer-key'] },
      metadata_fields: [{ required: true, name: 'email' }],
    });
    expect((await browser.submit(to, to, given)).status).toBe(409);
    await after(page, `${page}/${id}/off`, { confirm: 'yes' });
    expect((await browser.submit(page, `${page}/${id}/delete`, { confirm: 'yes', typed: 'x' })).status).toBe(400);
    const gone = await after(page, `${page}/${id}/delete`, { confirm: 'yes', typed: 'custom-token' });
    expect(gone.text).toContain('custom-token is deleted.');
    expect((await browser.get(`${page}/${id}`)).status).toBe(404);
    expect((await browser.get(`${page}/new/unheard-of`)).status).toBe(404);
  });

  it('saved untouched changes nothing, and keeps what the form does not know (B59)', async () => {
    const id = await idOf('local-userpass');
    const before = await stored(id);
    const opened = await browser.get(`${page}/${id}`);
    const same = await after(`${page}/${id}`, `${page}/${id}`, fieldsOf(opened));
    expect(same.text).toContain('Nothing was changed.');
    expect(await stored(id)).toEqual(before);

    const change = { ...fieldsOf(opened), 'set:config.resetPasswordSubject': 'Neues Passwort' };
    expect((await after(`${page}/${id}`, `${page}/${id}`, change)).text).toContain('are saved.');
    expect(await stored(id)).toEqual({
      ...before,
      config: { ...(before['config'] as object), resetPasswordSubject: 'Neues Passwort' },
    });
  });

  it('does not undo what somebody else changed meanwhile, and tells of a conflict', async () => {
    const id = await idOf('local-userpass');
    const path = `${page}/${id}`;
    const opened = fieldsOf(await browser.get(path));
    await admin.patch(`${admin.app(app)}/auth_providers/${id}`, { config: { confirmEmailSubject: 'Theirs' } });
    const mine = { ...opened, 'set:config.resetPasswordSubject': 'Mine' };
    expect((await after(path, path, mine)).text).toContain('are saved.');
    expect((await stored(id))['config']).toMatchObject({ confirmEmailSubject: 'Theirs', resetPasswordSubject: 'Mine' });
    const late = await browser.submit(path, path, { ...opened, 'set:config.confirmEmailSubject': 'Mine too' });
    expect(late.status).toBe(409);
    expect(late.text).toContain('Somebody changed this meanwhile: Subject of the confirmation mail.');
    const again = { ...fieldsOf(late), 'set:config.resetPasswordSubject': 'Mine' };
    expect((await after(path, path, again)).text).toContain('are saved.');
    expect((await stored(id))['config']).toMatchObject({ confirmEmailSubject: 'Mine too' });
  });

  it('unticks a box and empties a field', async () => {
    const id = await idOf('local-userpass');
    const path = `${page}/${id}`;
    const { 'set:config.autoConfirm': _ticked, ...rest } = fieldsOf(await browser.get(path));
    expect(_ticked).toBe('on');
    await after(path, path, { ...rest, 'set:config.resetPasswordUrl': '' });
    expect((await stored(id))['config']).toMatchObject({ autoConfirm: false, resetPasswordUrl: null });
  });
});

describe('a preset', () => {
  it('fills in the form, and what only its owner knows is asked for in words', async () => {
    const list = await browser.get(page);
    const types = (await admin.get(`${admin.app(app)}/auth_providers/types`)).body as unknown as {
      type: string;
      presets: { id: string; title: string; help: string; settings: { config: Record<string, unknown> } }[];
    }[];
    const { presets } = types.find(({ type }) => type === 'oidc')!;
    expect(presets.map(({ title }) => title)).toEqual(['Microsoft', 'GitLab', 'Okta', 'Auth0', 'Keycloak']);
    for (const { id, title, help, settings } of presets) {
      const path = `${page}/new/oidc`;
      expect(list.text).toContain(`<a href="${path}?preset=${id}">${title}</a>`);
      const form = await browser.get(`${path}?preset=${id}`);
      expect(form.text).toContain(help.replaceAll('&', '&amp;'));
      const fields = fieldsOf(form);
      const issuer = String(settings.config['issuer']);
      expect([fields['set:config.issuer'], fields['set:config.preset']]).toEqual([issuer, id]);
      const filled: Record<string, string> = { ...fields, name: id, 'set:config.clientId': 'shop' };
      if (issuer.includes('{')) {
        const refused = await browser.submit(path, path, filled);
        expect([refused.status, refused.text.includes('nothing in braces')]).toEqual([400, true]);
        expect(refused.text).toContain(help.replaceAll('&', '&amp;'));
        filled['set:config.issuer'] = issuer.replaceAll(/[{}]/g, '').replace('domain', 'domain.example');
      }
      const made = await browser.submit(path, path, filled);
      expect([id, made.status]).toEqual([id, 303]);
      const listed = (await admin.get(`${admin.app(app)}/auth_providers`)).body as unknown as {
        _id: string;
        name: string;
      }[];
      const { _id } = listed.find(({ name }) => name === id)!;
      expect(await stored(_id)).toMatchObject({
        type: 'oidc',
        config: { ...settings.config, issuer: filled['set:config.issuer'], clientId: 'shop' },
        metadata_fields: [{ name: 'name' }, { name: 'email' }, { name: 'picture' }],
      });
    }
    expect((await browser.get(`${page}/new/oidc?preset=nobody`)).status).toBe(200);
  });
});

describe('a test of a provider', () => {
  it('says what is wrong before somebody logs in', async () => {
    const settings = { config: { signingAlgorithm: 'HS256' }, secret_config: { signingKeys: ['not-there'] } };
    const wrong = await server.make.app({
      name: 'wrong',
      providers: [{ type: 'custom-token', settings }, { type: 'anon-user' }],
    });
    const list = (await admin.get(`${admin.app(wrong)}/auth_providers`)).body as unknown as { _id: string }[];
    const path = `${browser.app(wrong)}/providers`;
    const bad = await browser.submit(`${path}/${list[0]!._id}`, `${path}/${list[0]!._id}/test`);
    expect([bad.status, bad.text.includes('Something is wrong:')]).toEqual([200, true]);
    expect(bad.text).toContain('not-there');
    const good = await browser.submit(`${path}/${list[1]!._id}`, `${path}/${list[1]!._id}/test`);
    expect(good.text).toContain('All that could be tried is well.');
  });
});

describe('a test login', () => {
  let idp: IdentityProvider;
  beforeAll(async () => {
    idp = await IdentityProvider.start();
  });
  afterAll(() => idp.stop());

  /** Out to the identity provider and back, as a browser goes. */
  async function loginOf(at: string): Promise<{ left: Page; shown: Page }> {
    const left = await browser.submit(at, `${at}/login`);
    const out = /href="(http[^"]+authorize[^"]+)"/.exec(left.text)![1]!.replaceAll('&amp;', '&');
    const { headers } = await fetch(out, { redirect: 'manual' });
    const back = new URL(headers.get('location')!);
    const { location } = await browser.get(back.pathname + back.search);
    return { left, shown: await browser.get(new URL(location!).pathname) };
  }

  it('goes the real way, shows what would be stored, and makes nobody, on or off', async () => {
    const own = await makeOidcApp(server, idp.issuer, { metadata_fields: [{ name: 'name', required: true }] });
    const list = (await admin.get(`${admin.app(own)}/auth_providers`)).body as unknown as {
      _id: string;
      type: string;
    }[];
    const { _id } = list.find(({ type }) => type === 'oidc')!;
    const at = `${browser.app(own)}/providers/${_id}`;
    expect((await browser.get(at)).text).toMatch(/value="http[^"]+\/auth\/callback"[^>]* data-copy/);
    await admin.put(`${admin.app(own)}/auth_providers/${_id}/disable`);
    idp.claims = { sub: 'ada-1', name: '<b>Ada</b>' };
    const { left, shown } = await loginOf(at);
    expect(left.text).toContain('no user is made');
    expect(shown.status).toBe(200);
    expect(shown.text).toContain('ada-1');
    expect(shown.text).toContain('&lt;b>Ada');
    expect(shown.text).toContain('would make a new user');
    expect(shown.text).not.toMatch(/eyJ|access_token|id_token/);
    expect((await admin.get(`${admin.app(own)}/users_count`)).text).toBe('0');

    await admin.put(`${admin.app(own)}/auth_providers/${_id}/enable`);
    const { userId } = sessionOf(await logInByRedirect(server, own, 'oidc'));
    expect((await loginOf(at)).shown.text).toContain(`/users/${userId}"`);
    idp.claims = { sub: 'ada-1', name: 'Ada', email: 'ada@example.com', email_verified: true };
    sessionOf(await logInByRedirect(server, own, 'oidc'));
    await admin.post(`${admin.app(own)}/auth_providers`, { type: 'oidc', ...oidcSettings(idp.issuer), name: 'second' });
    const { body } = await admin.get(`${admin.app(own)}/auth_providers`);
    const second = (body as unknown as { _id: string; name: string }[]).find(({ name }) => name === 'second')!;
    const other = `${browser.app(own)}/providers/${second._id}`;
    expect((await loginOf(other)).shown.text).toContain('would make a new user');
    await admin.patch(`${admin.app(own)}/settings`, { link_by_verified_email: true });
    const joins = (await loginOf(other)).shown.text;
    expect([joins.includes('would join a user'), joins.includes(`/users/${userId}"`)]).toEqual([true, true]);

    idp.claims = { sub: 'bob-1' };
    expect((await loginOf(at)).shown.text).toContain('That did not work:');
    expect((await admin.get(`${admin.app(own)}/users_count`)).text).toBe('1');

    const gone = await browser.get(`${at}/login/${'x'.repeat(43)}`);
    expect(gone.status).toBe(400);
    const anonymous = `${page}/${await idOf('anon-user')}`;
    const none = await browser.submit(anonymous, `${anonymous}/login`);
    expect((await browser.get(none.location!)).text).toContain('flash failed');
    const weak = new ConsoleClient(server);
    await weak.login((await makeAdmin(server, 'GROUP_READ_ONLY')).account);
    const tried = await weak.submit(at, `${at}/login`);
    expect((await weak.get(tried.location!)).text).toContain('GROUP_ADMIN');
  });

  it('says so where the identity provider cannot be reached', async () => {
    const own = await makeOidcApp(server, 'http://localhost:1', {});
    const list = (await admin.get(`${admin.app(own)}/auth_providers`)).body as unknown as {
      _id: string;
      type: string;
    }[];
    const at = `${browser.app(own)}/providers/${list.find(({ type }) => type === 'oidc')!._id}`;
    expect((await browser.submit(at, `${at}/login`)).text).toContain('That did not work:');
  });
});

describe('the dashboard', () => {
  it('logs in to show what tokens say, by the same rules as for apps', async () => {
    const own = await server.make.app({ name: 'tried' });
    const home = browser.app(own);
    const anonymous = await browser.submit(home, `${home}/try`, { way: 'anon-user' });
    expect(anonymous.text).toContain('It worked.');
    expect(anonymous.text).toContain('&quot;alg&quot;: &quot;ES256&quot;');
    expect(anonymous.text).not.toMatch(/eyJ[\w-]+\.eyJ/);
    const user = await server.make.emailUser(own);
    const typed = { way: 'local-userpass', email: user.email, password: 'wrong' };
    const refused = await browser.submit(home, `${home}/try`, typed);
    expect([refused.status, refused.text.includes(`value="${user.email}"`)]).toEqual([401, true]);
    const right = await browser.submit(home, `${home}/try`, { ...typed, password: user.password });
    expect(right.text).toContain(`/users/${user.id}"`);
    expect((await browser.submit(home, `${home}/try`, { way: 'nothing' })).status).toBe(404);
  });
});
