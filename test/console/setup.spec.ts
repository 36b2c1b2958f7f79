import { afterEach, describe, expect, it } from '@jest/globals';
import { AdminSetupService } from '../../src/admin/auth/admin-setup.service.js';
import { AdministratorsService } from '../../src/admin/auth/administrators.service.js';
import { GroupsService } from '../../src/apps/groups.service.js';
import { makeAdmin, nobody } from '../support/admin-client.js';
import { createTestServer, type TestServer, type TestServerOptions } from '../support/create-test-server.js';
import { FakeClock } from '../support/fake-clock.js';

let server: TestServer;

afterEach(() => server.stop());

/** A server without an administrator: each test needs its own. */
async function start(options?: TestServerOptions): Promise<void> {
  server = await createTestServer(options);
}

async function makeLink(): Promise<string> {
  const link = await server.get(AdminSetupService).makeLink();
  return link!.url.replace(server.publicUrl, server.baseUrl);
}

function send(link: string, fields: Record<string, string>): Promise<Response> {
  return fetch(link, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' });
}

const ADA = { email: 'ada@example.com', password: 'a long password', again: 'a long password' };

async function logIn(): Promise<number> {
  const guest = nobody(server, await server.get(GroupsService).getDefaultId());
  return (await guest.login('local-userpass', { username: ADA.email, password: ADA.password })).status;
}

describe('the setup page', () => {
  it('makes the first administrator, an owner of the default group, and works once', async () => {
    await start();
    const link = await makeLink();
    const page = await fetch(link);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('<form method="post">');

    const done = await send(link, ADA);
    expect([done.status, done.headers.get('location')]).toEqual([303, '/console']);
    const cookie = done.headers.get('set-cookie')!.split(';')[0]!;
    const apps = await fetch(`${server.baseUrl}/console/apps`, { headers: { cookie }, redirect: 'manual' });
    expect(await apps.text()).toContain('ada@example.com');
    const guest = nobody(server, await server.get(GroupsService).getDefaultId());
    const login = await guest.login('local-userpass', { username: ADA.email, password: ADA.password });
    const profile = await guest.get('/auth/profile', { token: login.body.access_token });
    expect(profile.body['roles']).toEqual([
      { role_name: 'GROUP_OWNER', group_id: guest.account.groupId.toHexString() },
    ]);

    for (const again of [await fetch(link), await send(link, { ...ADA, email: 'eve@example.com' })]) {
      expect(again.status).toBe(401);
      expect(await again.text()).toContain('not valid');
    }
    await expect(server.get(AdminSetupService).makeLink()).resolves.toBeNull();
  });

  it('is not used up by looking: mail scanners and people look more than once (B67)', async () => {
    await start();
    const link = await makeLink();
    for (const method of ['HEAD', 'GET', 'GET', 'GET']) expect((await fetch(link, { method })).status).toBe(200);
    expect((await send(link, ADA)).status).toBe(303);
  });

  it('may be sent in by many at once, and makes one administrator', async () => {
    await start();
    const links = [await makeLink(), await makeLink()];
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, i) => send(links[i % 2]!, { ...ADA, email: `racer${i}@example.com` })),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 303)).toHaveLength(1);
    expect(statuses.filter((status) => status === 401)).toHaveLength(11);
  });

  it('says what is wrong, keeps the address, never the password, and goes on working', async () => {
    await start();
    const link = await makeLink();
    const wrong: [Record<string, string>, string][] = [
      [{ ...ADA, again: 'another password' }, 'The two passwords are not the same.'],
      [{ ...ADA, password: 'short', again: 'short' }, 'at least 8 characters'],
      [{ ...ADA, email: '"><script>alert(1)</script>' }, 'Email invalid.'],
      [{}, 'Email invalid.'],
    ];
    for (const [fields, problem] of wrong) {
      const answer = await send(link, fields);
      const text = await answer.text();
      expect(answer.status).toBe(400);
      expect(text).toContain(problem);
      expect(text).not.toContain('<script');
      if (fields['password']) expect(text).not.toContain(fields['password']);
    }
    expect((await send(link, ADA)).status).toBe(303);
  });

  it('does not open with a token that is made up, of another kind, or a day old', async () => {
    const clock = new FakeClock();
    await start({ clock });
    const link = await makeLink();
    const base = link.slice(0, link.indexOf('?'));
    for (const query of ['', '?token=', '?token=x', '?token[$ne]=x', '?token=a&token=b', `?token=${'x'.repeat(500)}`]) {
      expect((await fetch(base + query)).status).toBe(401);
      expect((await send(base + query, ADA)).status).toBe(401);
    }
    expect((await fetch(link.replace('/setup', '/invitation'))).status).toBe(401);
    clock.advance(86_401);
    expect((await send(link, ADA)).status).toBe(401);
    expect(await logIn()).toBe(401);
  });

  it('closes when an administrator comes in by the command line', async () => {
    await start();
    const link = await makeLink();
    const { email, password } = ADA;
    await server.get(AdministratorsService).createOwner({ email, password });
    expect((await fetch(link)).status).toBe(401);
    expect((await send(link, { ...ADA, email: 'eve@example.com' })).status).toBe(401);
    expect(await logIn()).toBe(200);
  });

  it('runs no script, loads nothing foreign, cannot be framed, and is not stored', async () => {
    await start();
    const { headers } = await fetch(await makeLink());
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe-inline');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('referrer-policy')).toBe('same-origin');
    const css = await fetch(`${server.baseUrl}/console/assets/console.css`);
    expect([css.status, css.headers.get('content-type')]).toEqual([200, 'text/css; charset=utf-8']);
    for (const path of ['..%2fviews%2fsetup.tsx', '../views/setup.tsx', 'nothing.css']) {
      const { status } = await fetch(`${server.baseUrl}/console/assets/${path}`, { redirect: 'manual' });
      expect([303, 404]).toContain(status);
    }
  });

  it('labels its fields, so that people who cannot see them know which is which', async () => {
    await start();
    const text = await (await fetch(await makeLink())).text();
    for (const id of ['email', 'password', 'again']) {
      expect(text).toContain(`<label for="${id}">`);
      expect(text).toMatch(new RegExp(`<input type="\\w+" id="${id}"`));
    }
    expect(text).toContain('autocomplete="new-password"');
    expect(text).toContain('<html lang="en">');
  });
});

describe('forms', () => {
  it('are taken by pages only, and no longer than 64 kB', async () => {
    await start();
    const app = await server.make.app();
    const form = new URLSearchParams({ username: 'a@b.example', password: 'x' });
    for (const path of [
      `/api/client/v2.0/app/${app.clientAppId}/auth/providers/anon-user/login`,
      '/api/admin/v3.0/auth/providers/local-userpass/login',
      '/console/../api/admin/v3.0/auth/providers/local-userpass/login',
    ]) {
      expect((await fetch(server.baseUrl + path, { method: 'POST', body: form })).status).toBe(415);
    }
    expect((await send(await makeLink(), { ...ADA, email: 'x'.repeat(64_001) })).status).toBe(413);
  });
});

describe('the invitation page', () => {
  it('lets somebody new choose a password, and somebody known show theirs', async () => {
    await start();
    const owner = await makeAdmin(server);
    const known = await makeAdmin(server, 'GROUP_OWNER', {
      groupId: (await server.get(GroupsService).create('x'))._id,
    });
    const invite = async (email: string): Promise<string> => {
      const { body } = await owner.post(`${owner.group}/administrators`, { email, role_name: 'GROUP_SUPPORT' });
      return String(body['link']).replace(server.publicUrl, server.baseUrl);
    };
    const link = await invite('new@example.com');
    expect(await (await fetch(link)).text()).toContain('new@example.com');
    expect((await send(link, { password: 'a long password', again: 'something else' })).status).toBe(400);
    expect((await send(link, { password: 'a long password', again: 'a long password' })).status).toBe(200);
    expect((await fetch(link)).status).toBe(401);
    expect((await send(link, { password: 'a long password', again: 'a long password' })).status).toBe(401);

    const second = await invite(known.account.email);
    const wrong = await send(second, { password: 'not the password' });
    expect(wrong.status).toBe(400);
    expect(await wrong.text()).toContain('The password is wrong.');
    expect((await send(second, { password: known.account.password })).status).toBe(200);
    expect((await known.get(`${owner.group}/administrators`)).status).toBe(200);
  });
});
