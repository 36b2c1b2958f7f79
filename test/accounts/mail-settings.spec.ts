import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { App } from '../../src/apps/app.model.js';
import { makeAdmin, makeGroup, nobody, type AdminClient } from '../support/admin-client.js';
import type { ApiClient } from '../support/client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { expectError } from '../support/expect-answer.js';
import { linkIn, TestSmtp, type Received } from '../support/smtp.js';
import { waitUntil } from '../support/wait.js';

let smtp: TestSmtp;
let server: TestServer;
let admin: AdminClient;
let app: App;
let client: ApiClient;
let count = 0;

beforeAll(async () => {
  smtp = await TestSmtp.start();
  server = await createTestServer({ env: smtp.env });
});
afterAll(async () => {
  await server.stop();
  await smtp.stop();
});
beforeEach(async () => {
  admin = await makeAdmin(server);
  const settings = { config: { confirmEmailSubject: 'Of the provider' } };
  app = await server.make.app({ name: 'Shop', providers: [{ type: 'local-userpass', settings }] });
  client = server.client(app);
});

const newEmail = () => `texts${(count += 1)}@example.com`;
const set = (body: unknown) => admin.patch(`${admin.app(app)}/settings`, body);
const mails = (path: string, body: unknown = {}, by = admin) => by.post(`${by.app(app)}/mails/${path}`, body);

async function mailTo(email: string): Promise<Received> {
  const of = () => smtp.received.find(({ recipients }) => recipients.includes(email));
  await waitUntil(async () => of() !== undefined);
  return of()!;
}
async function registered(headers: Record<string, string> = {}): Promise<Received> {
  const email = newEmail();
  expect((await client.register({ email, password: 'secret1' }, { headers })).status).toBe(201);
  return mailTo(email);
}

describe('the mails of an app', () => {
  it('come from whom, in the language, and with the words that it says', async () => {
    expect((await registered()).from).toMatchObject({ address: 'no-reply@shop.example' });
    const mail_texts = {
      confirmation: { de: { intro: 'Hallo von {app} <b>!', subject: '' }, en: { subject: 'Mine' } },
    };
    const mail_sender = 'The Shop <hello@the-shop.example>';
    expect((await set({ mail_sender, mail_locale: 'de', mail_texts })).status).toBe(204);
    const mail = await registered();
    expect(mail.from).toEqual({ name: 'The Shop', address: 'hello@the-shop.example' });
    expect(mail.subject).toBe('Of the provider');
    expect(mail.text).toMatch(/^Hallo von Shop <b>!/);
    expect(mail.html).toContain('Hallo von Shop &lt;b&gt;!');
    expect(mail.text).toContain('Der Link gilt einmal');
    expect((await registered({ 'accept-language': 'en' })).subject).toBe('Mine');
    expect((await admin.get(`${admin.app(app)}/settings`)).body).toMatchObject({
      mail_sender,
      mail_locale: 'de',
      mail_texts,
    });
    await set({ mail_sender: '', mail_texts: {} });
    const plain = await registered({ 'accept-language': 'en' });
    expect([plain.from?.address, plain.subject]).toEqual(['no-reply@shop.example', 'Of the provider']);
  });

  it.each([
    { mail_sender: 'nobody' },
    { mail_sender: 'a@example.com, b@example.com' },
    { mail_sender: 'A <a@example.com>\r\nBcc: b@example.com' },
    { mail_sender: ['a@example.com'] },
    { mail_locale: 'xx' },
    { mail_texts: { unknown: {} } },
    { mail_texts: { reset: { xx: {} } } },
    { mail_texts: { reset: { en: { footer: 'x' } } } },
    { mail_texts: { reset: { en: { subject: { $gt: '' } } } } },
    { mail_texts: { reset: { en: { intro: 'x'.repeat(2_001) } } } },
    { mail_texts: 'none' },
  ])('cannot be set to %j', async (body) => {
    expectError(await set(body), { status: 400, code: ['InvalidParameter', 'BadRequest'] });
  });

  it('are shown as they would be, saved or not', async () => {
    for (const template of ['confirmation', 'reset', 'invitation', 'taken']) {
      const { status, body } = await mails(`${template}/preview`, { locale: 'fr' });
      expect(status).toBe(200);
      expect(linkIn(body as { text?: string; html?: string }).searchParams.get('token')).toBe('0'.repeat(128));
      expect(body['html']).toContain('lang="fr"');
    }
    const { body } = await mails('reset/preview', { texts: { subject: 'Tried', intro: 'Not saved' } });
    expect([body['subject'], String(body['text']).split('\n')[0]]).toEqual(['Tried', 'Not saved']);
    expect((await mails('reset/preview')).body['subject']).toBe('Shop: choose a new password');
    for (const [path, wrong] of [
      ['administrator/preview', {}],
      ['x/preview', {}],
      ['reset/preview', { locale: 'xx' }],
      ['reset/preview', { texts: { subject: 1 } }],
      ['reset/test', { texts: [] }],
    ] as const) {
      expect({ path, status: (await mails(path, wrong)).status }).toEqual({ path, status: 400 });
    }
    expect((await mails('reset/preview', {}, await makeAdmin(server, 'GROUP_SUPPORT'))).status).toBe(403);
  });

  it('are sent to whoever tries them', async () => {
    const { status, body } = await mails('reset/test', { texts: { subject: 'A test' } });
    expect([status, body]).toEqual([202, { to: admin.account.email }]);
    const mail = await mailTo(admin.account.email);
    expect(mail.subject).toBe('A test');
    const page = await fetch(linkIn(mail).href.replace(server.publicUrl, server.baseUrl));
    expect(page.status).toBe(400);
  });
});

describe('the invitation of an administrator', () => {
  it('is mailed, in the language of whoever invites, with the link of the answer', async () => {
    const group = await makeGroup(server);
    const owner = await makeAdmin(server, 'GROUP_OWNER', { groupId: group });
    const email = newEmail();
    const { body } = await owner.post(
      `${owner.group}/administrators`,
      { email, role_name: 'GROUP_SUPPORT' },
      { headers: { 'accept-language': 'es' } },
    );
    const mail = await mailTo(email);
    expect(mail.subject).toContain('Invitación');
    expect(linkIn(mail).href).toBe(body['link']);
    const token = linkIn(mail).searchParams.get('token');
    const guest = nobody(server, group);
    expect((await guest.post('/auth/invitations/accept', { token, password: 'a long password' })).status).toBeLessThan(
      300,
    );
    expect((await guest.login('local-userpass', { username: email, password: 'a long password' })).status).toBe(200);
  });
});
