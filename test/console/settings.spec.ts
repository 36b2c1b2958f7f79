import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { App } from '../../src/apps/app.model.js';
import { makeAdmin, type AdminClient } from '../support/admin-client.js';
import { ConsoleClient, type Page } from '../support/console-client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { claimsOf } from '../support/tokens.js';

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

describe('the settings of an app', () => {
  /** The forms of the page, by what they are sent to: their hidden fields, and what else they hold. */
  const wasIn = (text: string, card: string): string =>
    new RegExp(`settings/${card}"[^]*?name="was" value="([^"]+)"`).exec(text)![1]!.replaceAll('&quot;', '"');
  const formOf = async (card: string): Promise<Record<string, string>> => {
    const was = wasIn((await browser.get(`${path}/settings`)).text, card);
    return { ...(JSON.parse(was) as Record<string, string>), was };
  };
  const stored = async () => (await admin.get(`${admin.app(app)}/settings`)).body;

  it('write what was changed and nothing else, and tell of a change meanwhile', async () => {
    const page = `${path}/settings`;
    const opened = await formOf('tokens');
    const same = await after(page, `${page}/tokens`, opened);
    expect(same.text).toContain('Nothing was changed.');
    await admin.patch(`${admin.app(app)}/settings`, { signing_key_days: 90 });
    const saved = await after(page, `${page}/tokens`, { ...opened, access: '600' });
    expect(saved.text).toContain('The settings are saved.');
    expect(await stored()).toMatchObject({ access_token_seconds: 600, signing_key_days: 90 });

    const late = await browser.submit(page, `${page}/tokens`, { ...opened, access: '900' });
    expect(late.status).toBe(409);
    expect(late.text).toContain('Somebody changed this meanwhile: Access tokens live');
    expect(late.text).toContain('value="900"');
    const twice = await after(page, `${page}/tokens`, { ...(await formOf('tokens')), access: '900' });
    expect(twice.text).toContain('The settings are saved.');
    const session = await server.client(app).login('anon-user', {});
    const { iat, exp } = claimsOf(session.body.access_token);
    expect(Number(exp) - Number(iat)).toBe(900);
  });

  it('are all that the Admin API can set', async () => {
    const page = `${path}/settings`;
    const set = async (card: string, fields: Record<string, string>) =>
      expect((await after(page, `${page}/${card}`, { ...(await formOf(card)), ...fields })).text).toContain(
        'The settings are saved.',
      );
    await set('tokens', { jitter: '10', algorithm: 'RS256', revocation: 'lax', keyDays: '30' });
    await set('sessions', { refresh: '864000', idle: '3600', absolute: '86400', mode: 'rotating', moved: 'end' });
    await set('linking', { byEmail: 'on' });
    await set('passwords', { length: '10', common: 'on', breached: 'on', privacy: 'on' });
    await set('anonymous', { expiry: '7' });
    expect(await stored()).toMatchObject({
      access_token_jitter_percent: 10,
      signing_algorithm: 'RS256',
      revocation: 'lax',
      signing_key_days: 30,
      refresh_token_seconds: 864_000,
      session_idle_seconds: 3_600,
      session_absolute_seconds: 86_400,
      refresh_mode: 'rotating',
      moved_session: 'end',
      link_by_verified_email: true,
      password_min_length: 10,
      refuse_common_passwords: true,
      refuse_breached_passwords: true,
      privacy_mode: true,
      anonymous_expiry_days: 7,
    });
    const shown = await browser.get(page);
    expect(shown.text).toMatch(/name="breached" value="on" checked/);
    // A box that is not ticked is not sent.
    await set('passwords', { length: '6', common: '', breached: '', privacy: '' });
    await set('tokens', { algorithm: 'ES256', revocation: 'strict', jitter: '0' });
    await set('sessions', { idle: '0', absolute: '0', mode: 'stable' });
    expect(await stored()).toMatchObject({
      refuse_common_passwords: false,
      refuse_breached_passwords: false,
      session_idle_seconds: 0,
    });
  });

  it.each([
    ['tokens', 'access', '1.5', '“Access tokens live, in seconds” must be'],
    ['tokens', 'access', '999999999', 'access token lifetime'],
    ['tokens', 'jitter', '51', '“Shorter by chance, by up to so many percent” must be'],
    ['tokens', 'keyDays', '99999', '“A new signing key every so many days” must be'],
    ['tokens', 'revocation', 'never', '“A check of an access token” must be'],
    ['tokens', 'algorithm', 'none', '“Signing algorithm” must be'],
    ['sessions', 'refresh', '-1', '“Refresh tokens live, in seconds” must be'],
    ['sessions', 'idle', '299', '“A session ends unused after so many seconds” must be'],
    ['sessions', 'idle', '400', 'must be more than'],
    ['sessions', 'absolute', '60', '“A session ends in any case after so many seconds” must be'],
    ['sessions', 'mode', 'sometimes', '“Refresh tokens” must be'],
    ['passwords', 'length', '5', '“Fewest characters of a new password”: '],
    ['anonymous', 'expiry', '9999', '“Deleted after so many days without use”: '],
  ])('refuse, of %s, %s of %s', async (card, name, value, said) => {
    const page = `${path}/settings`;
    const before = await stored();
    const refused = await browser.submit(page, `${page}/${card}`, { ...(await formOf(card)), [name]: value });
    expect(refused.status).toBe(400);
    expect(refused.text).toContain('role="alert"');
    expect(refused.text).toContain(said);
    expect(await stored()).toEqual(before);
  });

  it('are those of the providers that the app has', async () => {
    const bare = await server.make.app({ name: 'bare', providers: [{ type: 'api-key' }] });
    const { text } = await browser.get(`${browser.app(bare)}/settings`);
    expect(text).toContain('name="idle"');
    expect(text).not.toMatch(/name="(length|expiry)"/);
    const tried = await browser.submit(`${browser.app(bare)}/settings`, `${browser.app(bare)}/settings/passwords`, {
      length: '9',
    });
    expect(tried.status).toBe(404);
  });

  it('take origins by line, and networks', async () => {
    const page = `${path}/settings`;
    const origins = { was: '', origins: ' https://Shop.example.com\r\nhttp://localhost:5173 ' };
    expect((await after(page, `${page}/origins`, origins)).text).toContain('The origins are saved.');
    const list = await admin.get(`${admin.app(app)}/security/allowed_request_origins`);
    expect(list.body).toEqual(['https://shop.example.com', 'http://localhost:5173']);
    expect((await browser.submit(page, `${page}/origins`, origins)).status).toBe(409);
    const was = 'https://shop.example.com\nhttp://localhost:5173';
    const wrong = await browser.submit(page, `${page}/origins`, { was, origins: 'shop.example.com/x' });
    expect(wrong.status).toBe(400);
    expect(wrong.text).toContain('shop.example.com/x</textarea>');

    const bad = await browser.submit(page, `${page}/addresses`, { address: '10.0.0.0/99' });
    expect(bad.status).toBe(400);
    expect(bad.text).toContain('value="10.0.0.0/99"');
    const added = await after(page, `${page}/addresses`, { address: '10.0.0.0/8', comment: 'office' });
    expect(added.text).toContain('office');
    const id = [...added.text.matchAll(/addresses\/([0-9a-f]{24})"/g)].at(-1)![1]!;
    const one = `${page}/addresses/${id}`;
    const entry = { was: JSON.stringify({ address: '10.0.0.0/8', comment: 'office' }) };
    expect((await browser.get(one)).text).toContain('value="10.0.0.0/8"');
    const typo = await browser.submit(one, one, { ...entry, address: '10.1.0.0/x', comment: 'office' });
    expect([typo.status, typo.text.includes('value="10.1.0.0/x"')]).toEqual([400, true]);
    expect((await after(one, one, { ...entry, address: '10.1.0.0/16', comment: 'office' })).text).toContain('10.1.0.0');
    const late = await browser.submit(one, one, { ...entry, address: '10.2.0.0/16', comment: 'office' });
    expect([late.status, late.text.includes('value="10.2.0.0/16"')]).toEqual([409, true]);
    // Somebody else's address stays where only the comment is changed.
    const noted = await after(one, one, { ...entry, address: '10.0.0.0/8', comment: 'office 2' });
    expect([noted.text.includes('10.1.0.0/16'), noted.text.includes('office 2')]).toEqual([true, true]);
    expect((await browser.get(`${page}/addresses/${'0'.repeat(24)}`)).status).toBe(404);
    expect((await browser.get(one)).text).toContain(`${one}/remove`);
    expect((await browser.submit(page, `${page}/addresses/${id}/remove`)).text).toContain('10.1.0.0/16');
    expect((await after(page, `${page}/addresses/${id}/remove`, CONFIRMED)).text).not.toContain('office');
  });

  it('say whether tokens carry custom data', async () => {
    const page = `${path}/settings`;
    await after(page, `${page}/custom_data`, { enabled: 'on' });
    expect((await admin.get(`${admin.app(app)}/custom_user_data`)).body['enabled']).toBe(true);
    // Opened when they did not, and sent as it was: nobody's yes is undone.
    await after(page, `${page}/custom_data`, { was: '{"enabled":false}' });
    expect((await admin.get(`${admin.app(app)}/custom_user_data`)).body['enabled']).toBe(true);
    await after(page, `${page}/custom_data`, { was: '{"enabled":true}' });
    expect((await admin.get(`${admin.app(app)}/custom_user_data`)).body['enabled']).toBe(false);
  });

  it('delete the app once its id was typed', async () => {
    const doomed = await server.make.app({ name: 'doomed' });
    const page = `${browser.app(doomed)}/settings`;
    expect((await browser.submit(page, `${page}/delete`, { ...CONFIRMED, typed: 'doomed' })).status).toBe(400);
    const done = await after(page, `${page}/delete`, { ...CONFIRMED, typed: doomed.clientAppId });
    expect(done.text).toContain('The app doomed is deleted');
    expect((await browser.get(page)).status).toBe(404);
  });
});

describe('the texts of mails', () => {
  it('are looked at before they are saved, and tell of a change meanwhile', async () => {
    const own = await server.make.app({ name: 'words' });
    const page = `${browser.app(own)}/mails/texts`;
    const opened = await browser.get(`${page}?template=reset&locale=en`);
    expect(opened.text).toContain('Password reset (English)');
    const was = /name="was" value="([^"]+)"/.exec(opened.text)![1]!.replaceAll('&quot;', '"');
    const typed = {
      template: 'reset',
      locale: 'en',
      was,
      subject: 'A new start',
      intro: 'Hello <b>you</b>',
      button: '',
      outro: '',
    };
    const seen = await browser.submit(page, page, { ...typed, do: 'preview' });
    expect([seen.status, seen.text.includes('Hello &lt;b>you')]).toEqual([200, true]);
    expect((await admin.get(`${admin.app(own)}/settings`)).body['mail_texts']).toEqual({});
    const sent = await after(page, page, { ...typed, do: 'test' });
    expect(sent.text).toContain(`A test mail to ${admin.account.email} is on its way.`);
    expect((await after(page, page, { ...typed, do: 'save' })).text).toContain('The texts are saved');
    const { body } = await admin.get(`${admin.app(own)}/settings`);
    expect(body['mail_texts']).toEqual({ reset: { en: { subject: 'A new start', intro: 'Hello <b>you</b>' } } });
    const late = await browser.submit(page, page, { ...typed, subject: 'Mine', do: 'save' });
    expect([late.status, late.text.includes('value="Mine"')]).toEqual([409, true]);
    const long = await browser.submit(page, page, { ...typed, subject: 'x'.repeat(300), do: 'save' });
    expect(long.status).toBe(400);
    expect((await browser.get(`${page}?template=x&locale=y`)).status).toBe(200);
  });

  it('name a sender', async () => {
    const own = await server.make.app({ name: 'sender' });
    const page = `${browser.app(own)}/mails/texts`;
    const wrong = await browser.submit(page, `${page}/sender`, { sender: 'nobody', locale: 'en' });
    expect([wrong.status, wrong.text.includes('value="nobody"')]).toEqual([400, true]);
    await browser.submit(page, `${page}/sender`, { sender: 'Shop <no-reply@shop.example>', locale: 'de' });
    const { body } = await admin.get(`${admin.app(own)}/settings`);
    expect(body).toMatchObject({ mail_sender: 'Shop <no-reply@shop.example>', mail_locale: 'de' });
    const was = JSON.stringify({ sender: '', locale: 'de' });
    const late = await browser.submit(page, `${page}/sender`, { was, sender: 'mine@shop.example', locale: 'fr' });
    expect([late.status, late.text.includes('value="mine@shop.example"')]).toEqual([409, true]);
    expect((await admin.get(`${admin.app(own)}/settings`)).body).toEqual(body);
    expect((await weak.get(page)).text).not.toContain('value="test"');
  });
});

describe('the page of functions', () => {
  it('adds, changes and deletes names that providers call', async () => {
    const page = `${path}/functions`;
    expect((await browser.get(page)).text).toContain('No function yet');
    const wanted = { name: 'whoIs', url: 'https://hooks.example.com/who', secret: 'client-secret' };
    const plain = await browser.submit(page, page, { ...wanted, url: 'http://hooks.example.com' });
    expect([plain.status, plain.text.includes('value="http://hooks.example.com"')]).toEqual([400, true]);
    const added = await after(page, page, wanted);
    expect(added.text).toContain('The function whoIs is added.');
    expect(added.text).toContain('hooks.example.com');
    const one = /href="([^"]+\/functions\/[0-9a-f]{24})"/.exec(added.text)![1]!;
    expect((await browser.submit(page, page, wanted)).status).toBe(409);
    const list = (await admin.get(`${admin.app(app)}/functions`)).body as unknown as Record<string, unknown>[];
    expect(list).toMatchObject([{ name: 'whoIs', webhook_url: wanted.url, secret: 'client-secret' }]);
    const route = `${admin.app(app)}/functions/${String(list[0]!['_id'])}`;
    await admin.put(route, { name: 'whoIs', webhook_url: wanted.url, source: 'exports = 1' });

    const was = JSON.stringify({ name: 'whoIs', url: wanted.url, secret: '' });
    const changed = await after(one, one, { was, name: 'whoIs', url: '', secret: '' });
    expect(changed.text).toContain('nothing answers');
    expect((await admin.get(route)).body).toMatchObject({ source: 'exports = 1' });
    const late = await browser.submit(one, one, { was, name: 'whoIs', url: 'https://b.example', secret: '' });
    expect([late.status, late.text.includes('value="https://b.example"')]).toEqual([409, true]);
    expect((await browser.submit(one, one, { name: '1', url: '', secret: '' })).status).toBe(400);
    expect((await after(one, one, { name: 'whoIs', url: '', secret: '' })).text).toContain('Nothing was changed.');

    expect((await browser.submit(one, `${one}/delete`)).text).toContain('Delete this function?');
    expect((await after(one, `${one}/delete`, CONFIRMED)).text).toContain('The function whoIs is deleted.');
    expect((await browser.get(one)).status).toBe(404);
  });
});
