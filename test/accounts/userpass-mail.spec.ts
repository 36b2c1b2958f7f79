import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { performance } from 'node:perf_hooks';
import { getConnectionToken } from '@nestjs/mongoose';
import { ObjectId } from 'mongodb';
import type { Connection } from 'mongoose';
import type { App } from '../../src/apps/app.model.js';
import { makeAdmin } from '../support/admin-client.js';
import type { Answer, ApiClient } from '../support/client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { expectError, expectJson, INVALID_SESSION, REFRESH_TOKEN_NOT_FOUND } from '../support/expect-answer.js';
import { FakeClock } from '../support/fake-clock.js';
import { linkIn, pairIn, TestSmtp, type Received } from '../support/smtp.js';
import { waitUntil } from '../support/wait.js';

const clock = new FakeClock();
let smtp: TestSmtp;
let server: TestServer;
let app: App;
let client: ApiClient;
let count = 0;

beforeAll(async () => {
  smtp = await TestSmtp.start();
  server = await createTestServer({ clock, env: smtp.env });
});
afterAll(async () => {
  await server.stop();
  await smtp.stop();
});
beforeEach(() => open({}));

const TOKEN_INVALID = { status: 400, code: 'UserpassTokenInvalid', error: 'userpass token is expired or invalid' };
const NO_USER = { status: 404, code: 'UserNotFound', error: 'user not found' };

async function open(config: Record<string, unknown>): Promise<void> {
  app = await server.make.app({ name: 'Shop', providers: [{ type: 'local-userpass', settings: { config } }] });
  client = server.client(app);
}
const newEmail = () => `Person${(count += 1)}@example.com`;
const call = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  client.request('POST', `${client.appPath}/auth/providers/local-userpass/${path}`, { body, headers });
const login = (username: string, password: string) => client.login('local-userpass', { username, password });
const register = (email: string, password = 'secret1', headers?: Record<string, string>) =>
  client.register({ email, password }, headers ? { headers } : {});

/** All that came to an address, once it is so many. */
async function mailsTo(email: string, wanted = 1): Promise<Received[]> {
  const of = () => smtp.received.filter(({ recipients }) => recipients.includes(email));
  await waitUntil(async () => of().length >= wanted);
  expect(of()).toHaveLength(wanted);
  return of();
}
const lastTo = async (email: string, wanted = 1) => (await mailsTo(email, wanted)).at(-1)!;

/** Registered and confirmed by mail. */
async function confirmed(email: string, password = 'secret1'): Promise<void> {
  await register(email, password);
  expectJson(await call('confirm', pairIn(await lastTo(email))), 200);
}

describe('confirming by mail', () => {
  it('sends one mail, to the address as it was typed, whose link confirms it once', async () => {
    await open({ emailConfirmationUrl: 'https://shop.example/confirm?lang=en#top', confirmEmailSubject: 'Hello' });
    const email = newEmail();
    const headers = { 'user-agent': 'Mozilla/5.0 (iPhone)', 'accept-language': 'de-AT,en;q=0.5' };
    expectJson(await register(email, 'secret1', headers), 201);
    const mail = await lastTo(email);
    expect(mail.subject).toBe('Hello');
    expect(mail.text).toMatch(/Gerät dieser Art: iPhone/);
    const link = linkIn(mail);
    expect(`${link.origin}${link.pathname}${link.hash}`).toBe('https://shop.example/confirm#top');
    expect(link.searchParams.get('lang')).toBe('en');
    expectError(await login(email, 'secret1'), { status: 401, code: 'AuthError', error: 'confirmation required' });
    const answer = await call('confirm', pairIn(mail));
    expectJson(answer, 200);
    expect(answer.text).toBe('{}');
    expectError(await call('confirm', pairIn(mail)), TOKEN_INVALID);
    expectJson(await login(email, 'secret1'), 200);
  });

  it.each(['', 'nowhere', 'javascript:alert(1)'])('leads to a page of ours where the app has %j', async (url) => {
    await open({ emailConfirmationUrl: url });
    const email = newEmail();
    await register(email);
    expect(linkIn(await lastTo(email)).href).toContain(`${client.appPath}/auth/pages/confirm?token=`);
  });

  it('leads to a page of ours where the app has none, at the public URL whatever Host says', async () => {
    const email = newEmail();
    await client.request('POST', `${client.appPath}/auth/providers/local-userpass/register`, {
      body: { email, password: 'secret1' },
      headers: { 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' },
    });
    const link = linkIn(await lastTo(email));
    expect(link.href.startsWith(`${server.publicUrl}${client.appPath}/auth/pages/confirm?token=`)).toBe(true);
  });

  it('sends one mail for each registration of the address, and the one that is confirmed decides the password', async () => {
    const email = newEmail();
    await register(email, 'of a stranger');
    await register(email, 'of the owner');
    await mailsTo(email, 2);
    const answer = await call('confirm/send', { email: email.toLowerCase() });
    expectJson(answer, 200);
    expect(answer.text).toBe('{}');
    const [old, , ...fresh] = await mailsTo(email, 4);
    expectError(await call('confirm', pairIn(old!)), TOKEN_INVALID);
    for (const mail of fresh)
      expectError(await call('confirm', { ...pairIn(mail), token: '0'.repeat(128) }), TOKEN_INVALID);
    const answers = [];
    for (const mail of fresh) answers.push(await call('confirm', pairIn(mail)));
    expect(answers.map(({ status }) => status)).toEqual([200, 400]);
    const logins = [await login(email, 'of a stranger'), await login(email, 'of the owner')];
    expect(logins.filter(({ status }) => status === 200)).toHaveLength(1);
    expectError(await register(email), { status: 409, code: 'AccountNameInUse' });
  });

  it('takes a link for half an hour, and resends to who lost it', async () => {
    const email = newEmail();
    await register(email);
    const late = pairIn(await lastTo(email));
    clock.advance(30 * 60 + 1);
    expectError(await call('confirm', late), TOKEN_INVALID);
    await call('confirm/send', { email });
    expectJson(await call('confirm', pairIn(await lastTo(email, 2))), 200);
    expectError(await call('confirm/send', { email }), {
      status: 400,
      code: 'UserAlreadyConfirmed',
      error: 'already confirmed',
    });
    expectJson(await login(email, 'secret1'), 200);
    expectError(await call('confirm/send', { email }), { status: 400, code: 'UserAlreadyConfirmed' });
    expectError(await call('confirm/send', { email: newEmail() }), NO_USER);
  });

  it('is one line of the mail, however long, and breaks nowhere (B69)', async () => {
    const page = `https://shop.example/${'a-long-path/'.repeat(60)}confirm?next=${'x'.repeat(900)}`;
    await open({ emailConfirmationUrl: page });
    const email = newEmail();
    await register(email, 'secret1', { 'accept-language': 'fr' });
    const mail = await lastTo(email);
    const link = linkIn(mail).href;
    expect(link.startsWith(page)).toBe(true);
    expect(Math.max(...mail.raw.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(998);
    expectJson(await call('confirm', pairIn(mail)), 200);
  });

  it('that never arrived, or too late, leaves a way forward (B71)', async () => {
    const email = newEmail();
    smtp.refusals.push(550);
    await register(email);
    await waitUntil(async () => smtp.refusals.length === 0);
    expectJson(await call('confirm/send', { email }), 200);
    const late = pairIn(await lastTo(email));
    clock.advance(31 * 60);
    expectError(await call('confirm', late), TOKEN_INVALID);
    expectJson(await register(email, 'secret2'), 201);
    await mailsTo(email, 2);
    clock.advance(25 * 3_600);
    expectError(await call('confirm/send', { email }), NO_USER);
    expectJson(await register(email, 'secret3'), 201);
    expectJson(await call('confirm', pairIn(await lastTo(email, 3))), 200);
    expectJson(await login(email, 'secret3'), 200);
    await call('reset/send', { email });
    expectJson(await call('reset', { ...pairIn(await lastTo(email, 4)), password: 'secret4' }), 200);
    expectJson(await login(email, 'secret4'), 200);
  });

  it('has one winner of twenty racers, and of two resends at once the last one counts', async () => {
    const email = newEmail();
    await register(email);
    await Promise.all([call('confirm/send', { email }), call('confirm/send', { email })]);
    // A mail that waits is withdrawn for the newer one, so there may be two or three.
    await waitUntil(async () => smtp.received.filter(({ recipients }) => recipients.includes(email)).length >= 2);
    await waitUntil(async () => (await waiting()) === 0);
    const mails = smtp.received.filter(({ recipients }) => recipients.includes(email));
    const answers = await Promise.all(
      mails.flatMap((mail) => Array.from({ length: 20 }, () => call('confirm', pairIn(mail)))),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 400]));
  });

  it.each([
    ['confirm/send', {}],
    ['confirm/send', { email: ['a@example.com', 'b@example.com'] }],
    ['confirm/send', { email: ' a@example.com' }],
    ['reset/send', { email: { $ne: '' } }],
    ['reset/send', { email: 'a@example.com\r\nbcc: b@example.com' }],
  ])('refuses %s of %j (C12)', async (path, body) => {
    expectError(await call(path, body), {
      status: 400,
      code: ['BadRequest', 'InvalidParameter'],
      error: /^email invalid/,
    });
  });

  it('sends no more than so many mails to one address, known or not', async () => {
    const known = newEmail();
    await confirmed(known);
    for (const email of [known, newEmail()]) {
      const answers: Answer[] = [];
      for (let i = 0; i < 11; i += 1) answers.push(await call('reset/send', { email }));
      expectError(answers.at(-1)!, { status: 429, code: 'TooManyRequests', error: /too many mails to this address/ });
      expect(answers.at(-1)!.headers.get('retry-after')).toMatch(/^\d+$/);
      clock.advance(3_600);
    }
  });
});

describe('an administrator', () => {
  it('sends the confirmation again, and gets its tokens too', async () => {
    const admin = await makeAdmin(server, 'GROUP_SUPPORT');
    const email = newEmail();
    await register(email);
    await mailsTo(email);
    const { body } = await admin.post(`${admin.app(app)}/user_registrations/by_email/${email}/send_confirm`);
    expect(pairIn(await lastTo(email, 2))).toEqual({ token: body['token'], tokenId: body['token_id'] });
  });
});

describe('a new password by mail', () => {
  it('is set once, kills the old one and every session, and leaves others alone', async () => {
    await open({ autoConfirm: true, resetPasswordUrl: 'myapp://reset', resetPasswordSubject: 'New password' });
    const email = newEmail();
    const user = await client.enter(email, 'secret1');
    const other = await client.enter(newEmail(), 'secret1');
    const sent = await call('reset/send', { email: email.toUpperCase() });
    expectJson(sent, 200);
    expect(sent.text).toBe('{}');
    const mail = await lastTo(email);
    expect(mail.subject).toBe('New password');
    expect(linkIn(mail).href.startsWith('myapp://reset?token=')).toBe(true);
    const pair = pairIn(mail);
    expectError(await call('reset', { ...pair, password: 'short' }), { status: 400, code: 'BadRequest' });
    const done = await call('reset', { ...pair, password: 'secret2' });
    expectJson(done, 200);
    expect(done.text).toBe('{}');
    expectError(await client.profile(user.accessToken), INVALID_SESSION);
    expectError(await client.refresh(user.refreshToken), REFRESH_TOKEN_NOT_FOUND);
    expectJson(await client.profile(other.accessToken), 200);
    expectError(await login(email, 'secret1'), { status: 401, code: 'InvalidPassword' });
    expect(client.tokens(await login(email, 'secret2')).userId).toBe(user.userId);
    expectError(await call('reset', { ...pair, password: 'secret3' }), TOKEN_INVALID);
  });

  it('has one winner of twenty racers', async () => {
    const email = newEmail();
    await confirmed(email);
    await login(email, 'secret1');
    await call('reset/send', { email });
    const pair = pairIn(await lastTo(email, 2));
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => call('reset', { ...pair, password: `secret of ${i}` })),
    );
    const won = answers.findIndex(({ status }) => status === 200);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expectJson(await login(email, `secret of ${won}`), 200);
  });

  it('is for those too who are confirmed and never logged in', async () => {
    const email = newEmail();
    await confirmed(email);
    await call('reset/send', { email });
    expectJson(await call('reset', { ...pairIn(await lastTo(email, 2)), password: 'secret2' }), 200);
    expectError(await login(email, 'secret1'), { status: 401, code: 'InvalidPassword' });
    expectJson(await login(email, 'secret2'), 200);
  });

  it('counts from the newest mail only, for half an hour, and in its own app', async () => {
    await open({ autoConfirm: true });
    const email = newEmail();
    await client.enter(email, 'secret1');
    await call('reset/send', { email });
    const first = pairIn(await lastTo(email));
    await call('reset/send', { email });
    const second = pairIn(await lastTo(email, 2));
    expectError(await call('reset', { ...first, password: 'secret2' }), TOKEN_INVALID);
    const here = client;
    await open({ autoConfirm: true });
    expectError(await call('reset', { ...second, password: 'secret2' }), TOKEN_INVALID);
    client = here;
    clock.advance(30 * 60 + 1);
    expectError(await call('reset', { ...second, password: 'secret2' }), TOKEN_INVALID);
    for (const pair of [{ token: 'x', tokenId: 'y' }, {}, { ...second, tokenId: { $gt: '' } }]) {
      expectError(await call('reset', { ...pair, password: 'secret2' }), {
        status: 400,
        code: ['BadRequest', 'InvalidParameter'],
        error: 'invalid token data',
      });
    }
  });

  it('is void once the password, or the address, is another by other means (B37)', async () => {
    await open({ autoConfirm: true });
    const admin = await makeAdmin(server, 'GROUP_SUPPORT');
    const changes = [
      (id: string) => admin.put(`${admin.app(app)}/users/${id}/password`, { password: 'of the admin' }),
      (id: string) => admin.patch(`${admin.app(app)}/users/${id}/reset_email`, { email: newEmail() }),
      (id: string) => admin.delete(`${admin.app(app)}/users/${id}`),
    ];
    for (const change of changes) {
      const email = newEmail();
      const { userId } = await client.enter(email, 'secret1');
      await call('reset/send', { email });
      const pair = pairIn(await lastTo(email));
      expect((await change(userId)).status).toBe(204);
      expectError(await call('reset', { ...pair, password: 'secret2' }), TOKEN_INVALID);
    }
    const email = newEmail();
    const { accessToken } = await client.enter(email, 'secret1');
    await call('reset/send', { email });
    const body = { old_password: 'secret1', password: 'secret9' };
    await client.request('PUT', '/api/client/v2.0/auth/password', { body, token: accessToken });
    expectError(await call('reset', { ...pairIn(await lastTo(email)), password: 'secret2' }), TOKEN_INVALID);
  });

  it('is not sent to unknown addresses, nor where a function does it', async () => {
    expectError(await call('reset/send', { email: newEmail() }), NO_USER);
    const pending = newEmail();
    await register(pending);
    expectError(await call('reset/send', { email: pending }), NO_USER);
    await open({ autoConfirm: true, runResetFunction: true, resetFunctionName: 'reset' });
    expectError(await call('reset/send', { email: pending }), {
      status: 400,
      error: 'please use reset password via function',
    });
  });
});

it('nothing of a deleted user is left in the outbox, nor in what is kept of sessions (B65)', async () => {
  await open({ autoConfirm: true });
  const admin = await makeAdmin(server);
  const email = newEmail();
  const { userId } = await client.enter(email, 'secret1');
  await call('reset/send', { email });
  await mailsTo(email);
  expect((await admin.get(`${admin.app(app)}/outbox`)).text).toContain(email);
  await admin.delete(`${admin.app(app)}/users/${userId}`);
  expect((await admin.get(`${admin.app(app)}/outbox`)).text).toBe('[]');
  const { collections } = server.server.app.get<Connection>(getConnectionToken());
  const user = ObjectId.createFromHexString(userId);
  expect(await collections['sessions']!.find({ user }).toArray()).toEqual([
    expect.objectContaining({
      endReason: 'deleted',
      ip: '',
      deviceInfo: {},
      identity: expect.objectContaining({ id: '' }),
    }),
  ]);
  expect(JSON.stringify(await collections['sessions']!.find({ user }).toArray())).not.toMatch(/127\.0\.0\.1|userAgent/);
});

describe('an app in privacy mode (C16)', () => {
  it('answers alike, and in the same time, for known, unknown and confirmed addresses', async () => {
    await open({ privacyMode: true });
    const [known, pending] = [newEmail(), newEmail()];
    await confirmed(known);
    await register(pending);
    const asked: [string, string][] = [
      ['confirm/send', newEmail()],
      ['confirm/send', known],
      ['confirm/send', pending],
      ['reset/send', newEmail()],
      ['reset/send', known],
      ['register', known],
      ['register', newEmail()],
    ];
    for (const [path, email] of asked) {
      const start = performance.now();
      const answer = await call(path, { email, password: 'secret2' });
      expectJson(answer, path === 'register' ? 201 : 200);
      expect(answer.text).toBe('{}');
      expect(performance.now() - start).toBeGreaterThan(395);
    }
    await mailsTo(pending, 2);
    await waitUntil(async () => toldOf(known) !== undefined);
    expectJson(await call('reset', { ...pairIn(toldOf(known)!), password: 'secret1' }), 200);
    expectError(await login(known, 'secret2'), { status: 401, code: 'InvalidPassword' });
    expectJson(await login(known, 'secret1'), 200);
  });
});

/** What whoever has the address is told when it is registered again. */
const toldOf = (email: string) =>
  smtp.received.find(({ recipients, subject = '' }) => recipients.includes(email) && /have an account/.test(subject));

/** Mails of the app that are still to be sent. */
async function waiting(): Promise<number> {
  const admin = await makeAdmin(server);
  const outbox = (await admin.get(`${admin.app(app)}/outbox`)).body as unknown as { state: string }[];
  return outbox.filter(({ state }) => state === 'waiting').length;
}
