import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { App } from '../../src/apps/app.model.js';
import { makeAdmin, type AdminClient } from '../support/admin-client.js';
import type { ApiClient } from '../support/client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { expectError, expectJson, INVALID_SESSION } from '../support/expect-answer.js';
import { FakeClock } from '../support/fake-clock.js';
import { linkIn } from '../support/smtp.js';

const clock = new FakeClock();
let server: TestServer;
let admin: AdminClient;
let app: App;
let client: ApiClient;
let count = 0;

// Without SMTP: what is mailed is read in the inbox.
beforeAll(async () => {
  server = await createTestServer({ clock });
});
afterAll(() => server.stop());
beforeEach(async () => {
  admin = await makeAdmin(server);
  app = await server.make.app({ name: 'Shop', providers: [{ type: 'local-userpass', settings: { config: {} } }] });
  client = server.client(app);
});

const newEmail = () => `page${(count += 1)}@example.com`;
const login = (username: string, password: string) => client.login('local-userpass', { username, password });
const call = (path: string, body: unknown) =>
  client.request('POST', `${client.appPath}/auth/providers/local-userpass/${path}`, { body });
const open = (link: string, init: RequestInit = {}) => fetch(link, init);
const press = (link: string, fields: Record<string, string> = {}, headers: Record<string, string> = {}) =>
  fetch(link, { method: 'POST', body: new URLSearchParams(fields), headers });
const BOTH = { password: 'secret2', again: 'secret2' };

/** The link of the newest mail of the inbox, as this machine reaches it. */
async function lastLink(): Promise<string> {
  const inbox = `${admin.app(app)}/inbox`;
  const [newest] = (await admin.get(inbox)).body as unknown as { _id: string }[];
  const { body } = await admin.get(`${inbox}/${newest!._id}`);
  return linkIn(body as { text?: string; html?: string }).href.replace(server.publicUrl, server.baseUrl);
}

async function pendingLink(email = newEmail()): Promise<string> {
  await client.register({ email, password: 'secret1' });
  return lastLink();
}

async function resetLink(email: string, password = 'secret1'): Promise<string> {
  const made = await admin.post(`${admin.app(app)}/users`, { email, password });
  expect(made.status).toBe(201);
  await call('reset/send', { email });
  return lastLink();
}

describe('the page of a confirmation', () => {
  it('is not used up by looking; its button confirms, once (B67)', async () => {
    const email = newEmail();
    const link = await pendingLink(email);
    for (const method of ['HEAD', 'GET', 'GET', 'GET']) expect((await open(link, { method })).status).toBe(200);
    expect(await (await open(link)).text()).toContain(email);
    expectError(await login(email, 'secret1'), { status: 401, error: 'confirmation required' });
    expect((await press(link)).status).toBe(200);
    expectJson(await login(email, 'secret1'), 200);
    for (const again of [await press(link), await open(link)]) {
      expect(again.status).toBe(400);
      expect(await again.text()).toContain('It may have been used already');
    }
  });

  it('speaks the language of its reader, and lets nothing become HTML', async () => {
    const link = await pendingLink(`<i>${newEmail()}`);
    for (const [language, words] of [
      ['de', 'E-Mail-Adresse bestätigen'],
      ['fr-CA', 'Confirmer votre adresse'],
      ['es;q=0.9', 'Confirma tu dirección'],
      ['xx', 'Confirm your email address'],
    ] as const) {
      const page = await open(link, { headers: { 'accept-language': language } });
      const text = await page.text();
      expect(text).toContain(words);
      expect(text).toContain('Shop');
      expect(text).toContain('&lt;i>');
      expect(text).not.toMatch(/<script|<i>/);
      expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
      expect(page.headers.get('cache-control')).toBe('no-store');
    }
  });

  it('takes its own form where the app lists other origins', async () => {
    const link = await pendingLink();
    await admin.post(`${admin.app(app)}/security/allowed_request_origins`, ['https://shop.example']);
    expect((await press(link, {}, { origin: new URL(server.publicUrl).origin })).status).toBe(200);
  });

  it('has one winner of twelve who press at once', async () => {
    const link = await pendingLink();
    const statuses = (await Promise.all(Array.from({ length: 12 }, () => press(link)))).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(statuses.filter((status) => status === 400)).toHaveLength(11);
  });

  it('does not open without a token, with one of another page or app, or late', async () => {
    const link = await pendingLink();
    const base = link.slice(0, link.indexOf('?'));
    const other = await server.make.app({ providers: [{ type: 'local-userpass', settings: { config: {} } }] });
    const wrong = [
      base,
      `${base}?token=x&tokenId=y`,
      `${base}?token=a&token=b&tokenId=c`,
      `${base}?token=${'0'.repeat(128)}&tokenId=${'0'.repeat(24)}`,
      link.replace('/confirm?', '/reset?'),
      link.replace('/confirm?', '/invite?'),
      link.replace(app.clientAppId, other.clientAppId),
    ];
    for (const each of wrong) {
      expect({ each, status: (await open(each)).status }).toEqual({ each, status: 400 });
      expect({ each, status: (await press(each, BOTH)).status }).toEqual({ each, status: 400 });
    }
    expect((await open(link.replace(app.clientAppId, 'nobody-abcde'))).status).toBe(404);
    clock.advance(30 * 60 + 1);
    expect((await press(link)).status).toBe(400);
  });
});

describe('the page of a reset', () => {
  it('sets the password once, and ends every session', async () => {
    const email = newEmail();
    const link = await resetLink(email);
    const user = client.tokens(await login(email, 'secret1'));
    const page = await (await open(link)).text();
    expect(page).toContain(email);
    const attempts: [Record<string, string>, string][] = [
      [{}, 'The password must have 6 to 128 characters.'],
      [{ password: 'secret2', again: 'secret3' }, 'The two passwords are not the same.'],
      [{ password: 'short', again: 'short' }, 'The password must have 6 to 128 characters.'],
    ];
    for (const [fields, problem] of attempts) {
      const refused = await press(link, fields);
      const text = await refused.text();
      expect(refused.status).toBe(400);
      expect(text).toContain(problem);
      if (fields['password']) expect(text).not.toContain(fields['password']);
    }
    expectJson(await client.profile(user.accessToken), 200);
    expect((await press(link, BOTH)).status).toBe(200);
    expectError(await client.profile(user.accessToken), INVALID_SESSION);
    expectError(await login(email, 'secret1'), { status: 401 });
    expectJson(await login(email, 'secret2'), 200);
    expect((await press(link, BOTH)).status).toBe(400);
  });

  it('says in the language of its reader why a password is not taken', async () => {
    await admin.patch(`${admin.app(app)}/settings`, { password_min_length: 8, refuse_common_passwords: true });
    const link = await resetLink(newEmail(), 'not so common');
    const refusal = async (language: string, password: string): Promise<string> => {
      const answer = await press(link, { password, again: password }, { 'accept-language': language });
      expect(answer.status).toBe(400);
      return /role="alert"[^>]*>([^<]*)</.exec(await answer.text())![1]!.replaceAll('&#39;', "'");
    };
    for (const [language, short, common] of [
      ['en', 'The password must have 8 to 128 characters.', 'Very many people use this password. Choose another one.'],
      [
        'de',
        'Das Passwort muss 8 bis 128 Zeichen haben.',
        'Dieses Passwort verwenden sehr viele Menschen. Bitte wählen Sie ein anderes.',
      ],
      [
        'fr',
        'Le mot de passe doit comporter de 8 à 128 caractères.',
        'Ce mot de passe est utilisé par un très grand nombre de personnes. Choisissez-en un autre.',
      ],
      [
        'es',
        'La contraseña debe tener entre 8 y 128 caracteres.',
        'Muchísimas personas usan esta contraseña. Elige otra.',
      ],
    ] as const) {
      expect(await refusal(language, 'secret1')).toBe(short);
      expect(await refusal(language, 'BaseBall')).toBe(common);
    }
    expect((await press(link, { password: 'nobody uses this', again: 'nobody uses this' })).status).toBe(200);
  });

  it('is where an administrator sends a person too', async () => {
    const { id } = await server.make.emailUser(app);
    const answer = await admin.post(`${admin.app(app)}/users/${id}/send_reset`);
    expect([answer.status, answer.text]).toEqual([202, '{}']);
    expect((await press(await lastLink(), BOTH)).status).toBe(200);
    const unknown = await admin.post(`${admin.app(app)}/users/${'0'.repeat(24)}/send_reset`);
    expectError(unknown, { status: 404, code: 'UserNotFound' });
    const reader = await makeAdmin(server, 'GROUP_READ_ONLY');
    expect((await reader.post(`${admin.app(app)}/users/${id}/send_reset`)).status).toBe(403);
  });
});

describe('an invitation', () => {
  const invite = (body: unknown, by = admin) => by.post(`${by.app(app)}/users/invite`, body);

  it('lets a person choose a password, and so become a user, once', async () => {
    const email = newEmail();
    const { status, body } = await invite({ email, data: { name: 'Ada' }, locale: 'de' });
    expect(status).toBe(201);
    expect(body).toEqual({ _id: expect.stringMatching(/^[0-9a-f]{24}$/), email, expires: expect.any(Number) });
    expect((await admin.get(`${admin.app(app)}/users_count`)).text).toBe('0');
    const link = await lastLink();
    expect((await open(link)).status).toBe(200);
    const statuses = (await Promise.all(Array.from({ length: 6 }, () => press(link, BOTH)))).map(
      ({ status: each }) => each,
    );
    expect(statuses.filter((each) => each === 200)).toHaveLength(1);
    expect(statuses.filter((each) => each === 400)).toHaveLength(5);
    const { accessToken } = client.tokens(await login(email, 'secret2'));
    expect((await client.profile(accessToken)).body.data).toEqual({ name: 'Ada', email });
  });

  it('counts for a week, the newest one only, before any registration that waits', async () => {
    const email = newEmail();
    await client.register({ email, password: 'of a stranger' });
    await invite({ email });
    const first = await lastLink();
    await invite({ email: email.toUpperCase() });
    const second = await lastLink();
    clock.advance(6 * 86_400);
    admin = await makeAdmin(server);
    expect((await press(first, BOTH)).status).toBe(400);
    expect((await press(second, BOTH)).status).toBe(200);
    expectError(await login(email, 'of a stranger'), { status: 401, code: 'InvalidPassword' });
    await invite({ email: newEmail() });
    const late = await lastLink();
    clock.advance(7 * 86_400 + 1);
    expect((await press(late, BOTH)).status).toBe(400);
  });

  it('is refused for who is there already, and for what is no address', async () => {
    const { email } = await server.make.emailUser(app);
    expectError(await invite({ email }), { status: 409, code: 'AccountNameInUse' });
    for (const body of [
      {},
      { email: 'x' },
      { email: ['a@b.c'] },
      { email: 'a@b.c', data: { $set: 'x' } },
      { email: 'a@b.c', data: { n: 1 } },
      { email: 'a@b.c', locale: 'xx' },
    ]) {
      expect({ body, status: (await invite(body)).status }).toEqual({ body, status: 400 });
    }
    expect((await invite({ email: newEmail() }, await makeAdmin(server, 'GROUP_READ_ONLY'))).status).toBe(403);
    expect((await invite({ email: newEmail() }, await makeAdmin(server, 'GROUP_SUPPORT'))).status).toBe(201);
  });

  it('does not take a password that is too short, and stays', async () => {
    await invite({ email: newEmail() });
    const link = await lastLink();
    expect((await press(link, { password: 'short', again: 'short' })).status).toBe(400);
    expect((await press(link, BOTH)).status).toBe(200);
  });
});

it('forms are taken by pages only', async () => {
  const body = new URLSearchParams({ email: 'a@example.com', password: 'secret1' });
  const path = `${server.baseUrl}${client.appPath}/auth/providers/local-userpass/register`;
  expect((await fetch(path, { method: 'POST', body })).status).toBe(415);
});
