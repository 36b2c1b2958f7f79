import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import { getConnectionToken } from '@nestjs/mongoose';
import { SignJWT } from 'jose';
import { ObjectId } from 'mongodb';
import type { Connection } from 'mongoose';
import type { App } from '../../src/apps/app.model.js';
import { AuthFunction, FunctionRegistry, type FunctionCall } from '../../src/index.js';
import { SecretsService } from '../../src/secrets/secrets.service.js';
import { makeAdmin, type AdminClient } from '../support/admin-client.js';
import type { ApiClient, Tokens } from '../support/client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { expectJson } from '../support/expect-answer.js';
import { FakeFacebook } from '../support/fake-facebook.js';
import { FakeGithub } from '../support/fake-github.js';
import { IdentityProvider } from '../support/identity-provider.js';
import { CLIENT_ID, oidcSettings } from '../support/oidc-app.js';
import { logInByRedirect, sessionOf } from '../support/redirect-login.js';
import { pairIn } from '../support/smtp.js';
import { waitUntil } from '../support/wait.js';

// Logins that join the user who has the same verified address (C01, C23, C24).

const KEY = 'k'.repeat(32);
const PASSWORD = 'secret1';
const VICTIM = 'Victim@example.com';
const VERIFIED = { email: 'victim@EXAMPLE.com', email_verified: true };

interface Pair {
  token: string;
  tokenId: string;
}

/** What the function answers, and the token that it was given. */
let verdict = 'success';
let given: Pair = { token: '', tokenId: '' };

@Injectable()
class Decides extends AuthFunction {
  readonly name = 'decides';
  override async run({ arguments: [asked] }: FunctionCall): Promise<unknown> {
    given = asked as Pair;
    return { status: verdict };
  }
}

@Module({ providers: [Decides] })
class DecidesModule {
  constructor(registry: FunctionRegistry, decides: Decides) {
    registry.register(decides);
  }
}

let server: TestServer;
let idp: IdentityProvider;
let github: FakeGithub;
let facebook: FakeFacebook;
let admin: AdminClient;
let app: App;
let client: ApiClient;
let count = 0;

beforeAll(async () => {
  [idp, github, facebook] = await Promise.all([IdentityProvider.start(), FakeGithub.start(), FakeFacebook.start()]);
  server = await createTestServer({
    modules: [DecidesModule],
    env: {
      LATCHKEY_GOOGLE_ISSUER: idp.issuer,
      LATCHKEY_APPLE_ISSUER: idp.issuer,
      LATCHKEY_GITHUB_URL: github.url,
      LATCHKEY_GITHUB_API_URL: `${github.url}/api`,
      LATCHKEY_FACEBOOK_URL: facebook.url,
      LATCHKEY_FACEBOOK_GRAPH_URL: facebook.url,
    },
  });
  admin = await makeAdmin(server);
  github.secrets.set(CLIENT_ID, KEY);
  facebook.secrets.set('1000', KEY);
});
afterAll(async () => {
  await server?.stop();
  await Promise.all([idp, github, facebook].map((fake) => fake.stop()));
});
beforeEach(async () => {
  idp.reset();
  github.reset();
  await open({});
});

/** An app with everything, that joins. */
async function open(config: object, joins = true): Promise<void> {
  const secrets = { secret_config: { clientSecret: 'key' } };
  const email = [{ name: 'email', required: false }];
  const oidc = (name: string, preset?: string) => ({
    type: 'oidc',
    name,
    settings: oidcSettings(idp.issuer, { config: { preset } }),
  });
  app = await server.make.app({
    providers: [
      { type: 'anon-user' },
      { type: 'api-key' },
      { type: 'local-userpass', settings: { config } },
      oidc('oidc'),
      oidc('home'),
      oidc('directory', 'microsoft'),
      { type: 'oidc', name: 'tenants', settings: oidcSettings(`${idp.issuer}/organizations/v2.0`) },
      { type: 'oauth2-google', settings: { config: { clientId: CLIENT_ID }, ...secrets } },
      { type: 'oauth2-apple', settings: { config: { clientId: CLIENT_ID } } },
      { type: 'oauth2-github', settings: { config: { clientId: CLIENT_ID }, ...secrets, metadata_fields: email } },
      { type: 'oauth2-facebook', settings: { config: { clientId: '1000' }, ...secrets, metadata_fields: email } },
      {
        type: 'custom-token',
        settings: { config: { audience: CLIENT_ID }, secret_config: { signingKeys: ['key'] }, metadata_fields: email },
      },
    ],
  });
  await server.get(SecretsService).put(app, { name: 'key', value: KEY });
  await server.get(SecretsService).put(app, { name: 'oidcSecret', value: KEY });
  client = server.client(app);
  if (joins) await setSwitch(true);
}

async function setSwitch(on: boolean): Promise<void> {
  expect((await admin.patch(`${admin.app(app)}/settings`, { link_by_verified_email: on })).status).toBe(204);
}

const newSubject = (): string => `subject ${(count += 1)}`;
const call = (path: string, body: unknown) =>
  client.request('POST', `${client.appPath}/auth/providers/local-userpass/${path}`, { body });
const byPassword = async (email = VICTIM, password = PASSWORD): Promise<Tokens> =>
  client.tokens(await client.login('local-userpass', { username: email, password }));
const byToken = async (name: string, claims: object): Promise<Tokens> =>
  client.tokens(
    await client.login(name, { id_token: await idp.idToken({ aud: CLIENT_ID, sub: newSubject(), ...claims }) }),
  );
const outside = (claims: object = VERIFIED, name = 'oidc'): Promise<Tokens> => byToken(name, claims);
const typesOf = async ({ accessToken }: Tokens): Promise<string[]> =>
  ((await client.profile(accessToken)).body['identities'] as { provider_type: string }[]).map(
    ({ provider_type: type }) => type,
  );
const users = () => server.get<Connection>(getConnectionToken() as never).collection('users');

/** The token of the newest mail. */
async function mailed(): Promise<Pair> {
  const inbox = `${admin.app(app)}/inbox`;
  const [newest] = (await admin.get(inbox)).body as unknown as { _id: string }[];
  return pairIn((await admin.get(`${inbox}/${newest!._id}`)).body as { text?: string; html?: string });
}

/** A user who has answered the mail. */
async function confirmed(email = VICTIM): Promise<Tokens> {
  expectJson(await client.register({ email, password: PASSWORD }), 201);
  expectJson(await call('confirm', await mailed()), 200);
  return byPassword(email);
}

async function reset(email = VICTIM, password = 'secret2'): Promise<void> {
  expectJson(await call('reset/send', { email }), 200);
  expectJson(await call('reset', { ...(await mailed()), password }), 200);
}

async function expectApart(userId: string, claims: object = VERIFIED, name = 'oidc'): Promise<void> {
  expect((await outside(claims, name)).userId).not.toBe(userId);
}

describe('a first login from outside', () => {
  it('joins the user who has answered a mail to the address, and the trail says so', async () => {
    const user = await confirmed();
    const joined = await outside({ ...VERIFIED, sub: 'ada' });
    expect(joined.userId).toBe(user.userId);
    expect(await typesOf(user)).toEqual(['local-userpass', 'oidc']);
    expect((await outside({ sub: 'ada', email_verified: false, email: 'other@example.com' })).userId).toBe(user.userId);
    expect((await byPassword()).userId).toBe(user.userId);
    const { body } = await client.profile(joined.accessToken);
    expect(body.data).toEqual({ email: VICTIM });
    let events: Record<string, unknown>[] = [];
    await waitUntil(async () => {
      const path = `${admin.app(app)}/audit?type=user.link`;
      events = (await admin.get(path)).body as unknown as Record<string, unknown>[];
      return events.length > 0;
    });
    expect(events).toEqual([
      expect.objectContaining({ outcome: 'success', provider: 'oidc', details: { by: 'verified_email' } }),
    ]);
  });

  it('does so by redirect too, as by every provider that vouches for an address', async () => {
    const { userId } = await confirmed();
    idp.claims = { sub: 'by redirect', ...VERIFIED };
    expect(sessionOf(await logInByRedirect(server, app, 'oidc')).userId).toBe(userId);
    idp.reset();
    expect((await outside(VERIFIED, 'oauth2-google')).userId).toBe(userId);
    expect((await outside({ ...VERIFIED, email_verified: 'true' }, 'oauth2-apple')).userId).toBe(userId);
    const emails = [
      { email: 'other@example.com', primary: false, verified: true },
      { email: VICTIM, primary: true, verified: true },
    ];
    const authCode = github.codeFor(CLIENT_ID, { id: 7, login: 'ada', emails });
    const byGithub = client.tokens(await client.login('oauth2-github', { authCode }));
    expect(byGithub.userId).toBe(userId);
    expect(await typesOf(byGithub)).toHaveLength(5);
  });

  it('joins a user of another provider that vouches for the address', async () => {
    const { userId } = await outside();
    expect((await outside(VERIFIED, 'oauth2-google')).userId).toBe(userId);
  });

  it('joins nobody while the switch is off, as it is at first', async () => {
    await open({}, false);
    expect((await admin.get(`${admin.app(app)}/settings`)).body).toMatchObject({ link_by_verified_email: false });
    const { userId } = await confirmed();
    await expectApart(userId);
    await setSwitch(true);
    await setSwitch(false);
    await expectApart(userId);
    expect((await admin.patch(`${admin.app(app)}/settings`, { link_by_verified_email: 'yes' })).status).toBe(400);
  });

  it.each<[string, object]>([
    ['says that it is not verified', { email_verified: false }],
    ['says so in a text', { email_verified: 'false' }],
    ['says nothing of that', { email_verified: undefined }],
    ['says a number', { email_verified: 1 }],
    ['says it of another address', { email: 'victim@example.com.evil.example' }],
    ['says it of no address', { email: undefined }],
    ['says it of several addresses', { email: [VERIFIED.email] }],
  ])('joins nobody where the provider %s', async (_what, claims) => {
    const { userId } = await confirmed();
    for (const name of ['oidc', 'oauth2-google', 'oauth2-apple']) {
      await expectApart(userId, { ...VERIFIED, ...claims }, name);
    }
  });

  it('takes no word of the userinfo endpoint for the address of the token', async () => {
    await open({});
    const { userId } = await confirmed();
    idp.claims = { sub: 'mixed', email: VICTIM };
    idp.userinfo = { nickname: 'x', email: 'mine@evil.example', email_verified: true };
    const { body } = await admin.get(`${admin.app(app)}/auth_providers`);
    const { _id } = (body as unknown as { _id: string; name: string }[]).find(({ name }) => name === 'oidc')!;
    await admin.patch(`${admin.app(app)}/auth_providers/${_id}`, { metadata_fields: [{ name: 'nickname' }] });
    const enter = async () => sessionOf(await logInByRedirect(server, app, 'oidc'));
    expect((await enter()).userId).not.toBe(userId);
    expect(idp.requests).toContain('GET /userinfo');
    // Nor the other way round.
    idp.claims = { sub: 'mixed too', email_verified: true };
    idp.userinfo = { nickname: 'x', email: VICTIM, email_verified: undefined };
    expect((await enter()).userId).not.toBe(userId);
    idp.userinfo = { nickname: 'x', ...VERIFIED };
    idp.claims = { sub: 'all in one place' };
    expect((await enter()).userId).toBe(userId);
  });

  it('joins by an address of a Microsoft directory only where that is its own (nOAuth)', async () => {
    const { userId } = await confirmed();
    await expectApart(userId, VERIFIED, 'directory');
    for (const xms_edov of [false, 0, '0', null]) await expectApart(userId, { ...VERIFIED, xms_edov }, 'directory');
    const tenant = '11111111-aaaa-4bbb-8ccc-000000000001';
    const of = { iss: `${idp.issuer}/${tenant}/v2.0`, tid: tenant, email: VICTIM };
    idp.routes.set('/organizations/v2.0/.well-known/openid-configuration', (_request, response) => {
      const endpoints = {
        authorization_endpoint: idp.issuer,
        token_endpoint: idp.issuer,
        jwks_uri: `${idp.issuer}/jwks`,
      };
      response.end(JSON.stringify({ issuer: `${idp.issuer}/{tenantid}/v2.0`, ...endpoints }));
    });
    await expectApart(userId, { ...of, email_verified: true }, 'tenants');
    expect((await outside({ ...of, xms_edov: '1' }, 'tenants')).userId).toBe(userId);
    // Elsewhere it is a claim like any other.
    await expectApart(userId, { ...VERIFIED, email_verified: false, xms_edov: true });
    expect((await outside({ email: VICTIM, xms_edov: true }, 'directory')).userId).toBe(userId);
  });

  it('joins nobody by Facebook, a custom token, or an address of GitHub that is not verified or not the primary one', async () => {
    const { userId } = await confirmed();
    const token = await new SignJWT({ ...VERIFIED })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject('ada')
      .setAudience(CLIENT_ID)
      .setExpirationTime('5m')
      .sign(Buffer.from(KEY));
    const accessToken = facebook.token('1000', { id: '77', email: VICTIM });
    const account = (id: number, primary: boolean, verified: boolean) => ({
      authCode: github.codeFor(CLIENT_ID, { id, login: 'eve', emails: [{ email: VICTIM, primary, verified }] }),
    });
    for (const [name, body] of [
      ['custom-token', { token }],
      ['oauth2-facebook', { accessToken }],
      ['oauth2-github', account(1, true, false)],
      ['oauth2-github', account(2, false, true)],
    ] as const) {
      const other = client.tokens(await client.login(name, body));
      expect([name, other.userId === userId]).toEqual([name, false]);
    }
    // Nor is one of theirs taken for a second one who has the address.
    expect((await outside()).userId).toBe(userId);
  });
});

describe('nobody is joined (C01)', () => {
  it('who registered the address and never answered the mail', async () => {
    await client.register({ email: VICTIM, password: PASSWORD });
    const mine = await outside();
    expect(await typesOf(mine)).toEqual(['oidc']);
    expect((await client.login('local-userpass', { username: VICTIM, password: PASSWORD })).status).toBe(401);
    // And who answers it later gets a user of its own: the password is that of whoever registered.
    expectJson(await call('confirm', await mailed()), 200);
    const theirs = await byPassword();
    expect(theirs.userId).not.toBe(mine.userId);
    expect(await typesOf(theirs)).toEqual(['local-userpass']);
  });

  it('whose address was confirmed by itself, by a function, or by an administrator', async () => {
    await open({ autoConfirm: true });
    await expectApart((await client.enter(VICTIM, PASSWORD)).userId);
    for (const [says, isLater] of [
      ['success', false],
      ['pending', true],
    ] as const) {
      await open({ runConfirmationFunction: true, confirmationFunctionName: 'decides' });
      verdict = says;
      expectJson(await client.register({ email: VICTIM, password: PASSWORD }), 201);
      // The function has the token, and so has whoever it gives it to.
      if (isLater) expectJson(await call('confirm', given), 200);
      await expectApart((await byPassword()).userId);
    }
    await open({});
    await client.register({ email: VICTIM, password: PASSWORD });
    expect((await admin.post(`${admin.app(app)}/user_registrations/by_email/${VICTIM}/confirm`)).status).toBe(204);
    await expectApart((await byPassword()).userId);
  });

  it('whom an administrator made, or gave the address', async () => {
    const made = await server.make.emailUser(app, { email: VICTIM });
    await expectApart(made.id);
    const elsewhere = await outside({ email: 'mine@example.com' }, 'home');
    const added = await admin.post(`${admin.app(app)}/users/${elsewhere.userId}/identities`, {
      email: 'second@example.com',
      password: PASSWORD,
    });
    expect(added.status).toBe(201);
    await expectApart(elsewhere.userId, { ...VERIFIED, email: 'second@example.com' });
  });

  it('who answered a mail to an address, and has another one now', async () => {
    const eve = await confirmed('eve@example.com');
    const changed = await admin.patch(`${admin.app(app)}/users/${eve.userId}/reset_email`, { email: VICTIM });
    expect(changed.status).toBe(204);
    await expectApart(eve.userId);
    await expectApart(eve.userId, { ...VERIFIED, email: 'eve@example.com' }, 'home');
  });

  it('who registered again after the user of the address was deleted', async () => {
    const gone = await confirmed();
    expect((await client.deleteUser(gone.accessToken)).status).toBe(204);
    await client.register({ email: VICTIM, password: 'of another' });
    await expectApart(gone.userId);
  });

  it('for whom the provider vouches no more', async () => {
    const eve = await outside({ ...VERIFIED, sub: 'eve' });
    for (const claims of [{ email: VICTIM, email_verified: false }, {}]) {
      await outside({ ...VERIFIED, sub: 'eve' });
      await outside({ ...claims, sub: 'eve' });
      const other = await outside(VERIFIED, 'oauth2-google');
      expect(other.userId).not.toBe(eve.userId);
      await client.deleteUser(other.accessToken);
    }
  });

  it('who has an account at the same provider: an address that went to somebody else is another person', async () => {
    const old = await outside();
    await expectApart(old.userId);
  });

  it('where two users have the address', async () => {
    const user = await confirmed();
    await setSwitch(false);
    const other = await outside(VERIFIED, 'home');
    await setSwitch(true);
    await expectApart(user.userId);
    expect(await typesOf(other)).toEqual(['oidc']);
  });

  it('who is disabled', async () => {
    const { userId } = await confirmed();
    await server.admin.disable(app, userId);
    await expectApart(userId);
  });

  it('who is of another app', async () => {
    const { userId } = await confirmed();
    await open({});
    await expectApart(userId);
  });

  it('who was stored before addresses were marked, until a mail is answered or the provider says so again', async () => {
    const { userId } = await outside({ ...VERIFIED, sub: 'old' });
    await users().updateOne({ _id: new ObjectId(userId) }, { $unset: { 'identities.0.verifiedEmail': 1 } });
    await expectApart(userId, VERIFIED, 'home');
    await users().deleteMany({ app: app._id, _id: { $ne: new ObjectId(userId) } });
    await outside({ ...VERIFIED, sub: 'old' });
    expect((await outside(VERIFIED, 'oauth2-google')).userId).toBe(userId);
  });
});

describe('a mailed reset', () => {
  it('verifies the address, of users and of who has not logged in yet', async () => {
    await open({ autoConfirm: true });
    const user = await client.enter(VICTIM, PASSWORD);
    await reset();
    expect((await outside()).userId).toBe(user.userId);
    const email = 'waiting@example.com';
    await client.register({ email, password: PASSWORD });
    await reset(email);
    const later = await byPassword(email, 'secret2');
    expect((await outside({ ...VERIFIED, email })).userId).toBe(later.userId);
  });

  it('does not where a function was given the token', async () => {
    await open({ autoConfirm: true, runResetFunction: true, resetFunctionName: 'decides' });
    const { userId } = await client.enter(VICTIM, PASSWORD);
    for (const says of ['success', 'pending']) {
      verdict = says;
      expectJson(await call('reset/call', { email: VICTIM, password: 'secret2', arguments: [] }), 200);
      if (says === 'pending') expectJson(await call('reset', { ...given, password: 'secret3' }), 200);
      await expectApart(userId);
    }
    expect((await byPassword(VICTIM, 'secret3')).userId).toBe(userId);
  });

  it('does not where somebody else may have left a way in', async () => {
    await open({ autoConfirm: true });
    const eve = await client.enter(VICTIM, PASSWORD);
    const key = { body: { name: 'mine' }, token: eve.refreshToken };
    expect((await client.request('POST', '/api/client/v2.0/auth/api_keys', key)).status).toBe(201);
    await reset();
    await expectApart(eve.userId);
    const email = 'second@example.com';
    const other = await client.enter(email, PASSWORD);
    const id_token = await idp.idToken({ aud: CLIENT_ID, sub: newSubject() });
    const link = `${client.appPath}/auth/providers/home/login?link=true`;
    expectJson(await client.request('POST', link, { body: { id_token }, token: other.accessToken }), 200);
    await reset(email);
    await expectApart(other.userId, { ...VERIFIED, email });
  });
});

describe('an invitation', () => {
  const invite = async (): Promise<void> => {
    expect((await admin.post(`${admin.app(app)}/users/invite`, { email: VICTIM })).status).toBe(201);
  };
  const accept = async ({ token, tokenId }: Pair): Promise<number> => {
    const page = `${server.baseUrl}${client.appPath}/auth/pages/invite?token=${token}&tokenId=${tokenId}`;
    const body = new URLSearchParams({ password: PASSWORD, again: PASSWORD });
    return (await fetch(page, { method: 'POST', body })).status;
  };

  it('verifies the address, and joins who has it, since the password is chosen by whoever has the mailbox', async () => {
    const user = await outside();
    await invite();
    const pair = await mailed();
    const answers = await Promise.all([accept(pair), accept(pair)]);
    expect(answers.sort((a, b) => a - b)).toEqual([200, 400]);
    expect((await byPassword()).userId).toBe(user.userId);
    expect(await typesOf(user)).toEqual(['oidc', 'local-userpass']);
  });

  it('makes a user of its own where nobody is to be joined', async () => {
    await setSwitch(false);
    const user = await outside();
    await invite();
    expect(await accept(await mailed())).toBe(200);
    const own = await byPassword();
    expect(own.userId).not.toBe(user.userId);
    await users().deleteOne({ _id: new ObjectId(user.userId) });
    await setSwitch(true);
    expect((await outside(VERIFIED, 'home')).userId).toBe(own.userId);
  });
});

describe('at once', () => {
  it('first logins of one identity come to one user, and link once', async () => {
    const { userId } = await confirmed();
    const logins = await Promise.all(Array.from({ length: 8 }, () => outside({ ...VERIFIED, sub: 'racer' })));
    expect(new Set(logins.map((each) => each.userId))).toEqual(new Set([userId]));
    expect(await typesOf(logins[0]!)).toEqual(['local-userpass', 'oidc']);
  });

  it('accounts of one provider do not both get in', async () => {
    const user = await confirmed();
    const logins = await Promise.all(Array.from({ length: 6 }, () => outside()));
    expect(logins.filter(({ userId }) => userId === user.userId)).toHaveLength(1);
    expect(await typesOf(user)).toEqual(['local-userpass', 'oidc']);
  });

  it('a link and a login of one identity give it to one user', async () => {
    const user = await confirmed();
    const other = await client.enterAnonymously();
    const id_token = await idp.idToken({ aud: CLIENT_ID, sub: 'wanted', ...VERIFIED });
    const path = `${client.appPath}/auth/providers/oidc/login`;
    const [linked, ...logins] = await Promise.all([
      client.request('POST', `${path}?link=true`, { body: { id_token }, token: other.accessToken }),
      ...Array.from({ length: 4 }, () => client.login('oidc', { id_token })),
    ]);
    const owners = new Set(logins.map((login) => client.tokens(login).userId));
    expect(owners.size).toBe(1);
    expect([...owners]).toEqual([linked.status === 200 ? other.userId : user.userId]);
    expect(await users().countDocuments({ app: app._id, 'identities.key': 'oidc:wanted' })).toBe(1);
  });
});
