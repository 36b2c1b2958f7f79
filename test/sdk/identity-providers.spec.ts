import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SignJWT } from 'jose';
import { StitchClientFactory } from 'mongodb-stitch';
import {
  AnonymousCredential,
  CustomCredential,
  FacebookCredential,
  FunctionCredential,
  GoogleCredential,
  Stitch,
  StitchAppClientConfiguration,
  type StitchAppClient,
  type StitchCredential,
} from 'mongodb-stitch-server-sdk';
import { App, Credentials } from 'realm-web';
import { FunctionRecordsService } from '../../src/functions/function-records.service.js';
import { SecretsService } from '../../src/secrets/secrets.service.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { FakeFacebook } from '../support/fake-facebook.js';
import { IdentityProvider } from '../support/identity-provider.js';
import { TestWebhook } from '../support/loopback.js';

/** What apps hand over that got something from an identity provider by themselves. */
const CLIENT = 'shop';
const SECRET = 'what all of them share with the app';

let server: TestServer;
let idp: IdentityProvider;
let facebook: FakeFacebook;
let hook: TestWebhook;
let appId: string;
let storage: string;
beforeAll(async () => {
  [idp, facebook, hook] = await Promise.all([IdentityProvider.start(), FakeFacebook.start(), TestWebhook.start()]);
  storage = await mkdtemp(join(tmpdir(), 'latchkey-stitch-'));
  server = await createTestServer({
    env: {
      LATCHKEY_GOOGLE_ISSUER: idp.issuer,
      LATCHKEY_APPLE_ISSUER: idp.issuer,
      LATCHKEY_FACEBOOK_URL: facebook.url,
      LATCHKEY_FACEBOOK_GRAPH_URL: facebook.url,
    },
  });
  facebook.secrets.set(CLIENT, SECRET);
  hook.answer = ({ body }, response) => {
    response.end(JSON.stringify({ id: (body.arguments[0] as { badge: string }).badge, name: 'Ada' }));
  };
  const settings = {
    config: { clientId: CLIENT },
    secret_config: { clientSecret: 'shared' },
    metadata_fields: [{ name: 'name' }],
  };
  const app = await server.make.app({
    providers: [
      { type: 'anon-user' },
      ...['oauth2-google', 'oauth2-facebook', 'oauth2-apple'].map((type) => ({ type, settings })),
      { type: 'oidc', settings: { ...settings, config: { clientId: CLIENT, issuer: idp.issuer } } },
      {
        type: 'custom-token',
        settings: { secret_config: { signingKeys: ['shared'] }, metadata_fields: [{ name: 'name' }] },
      },
      { type: 'custom-function', settings: { config: { authFunctionName: 'badges' } } },
    ],
  });
  await server.get(SecretsService).put(app, { name: 'shared', value: SECRET });
  const badges = { name: 'badges', webhookUrl: hook.url, secret: 'shared', rest: {} };
  await server.get(FunctionRecordsService).create(app, badges);
  appId = app.clientAppId;
});
afterAll(async () => {
  await server?.stop();
  await Promise.all([idp.stop(), facebook.stop(), hook.stop(), rm(storage, { recursive: true })]);
});

const ADA = { name: 'Ada' };
const code = (sub: string): Promise<string> => idp.codeFor({ sub, ...ADA });
const idToken = (sub: string): Promise<string> => idp.idToken({ aud: CLIENT, sub, ...ADA });
const accessToken = (id: string): string => facebook.token(CLIENT, { id, ...ADA });
const jwt = (sub: string): Promise<string> =>
  new SignJWT({ aud: appId, sub, ...ADA })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('1 minute')
    .sign(new TextEncoder().encode(SECRET));

/** By provider: who logged in first, with whatever SDK. Everybody after that is the same user. */
const firstIds = new Map<string, string>();
function expectSameUser(provider: string, id: string): void {
  expect([provider, id]).toEqual([provider, firstIds.get(provider) ?? id]);
  firstIds.set(provider, id);
}

describe('realm-web 2.0.1', () => {
  const makeApp = (): App => new App({ id: appId, baseUrl: server.baseUrl });
  /** For providers that came later, as the SDK's own typings do not know them. */
  const other = (type: string, payload: object): Credentials =>
    new (Credentials as unknown as new (...parts: unknown[]) => Credentials)(type, type, false, payload);

  it.each<[string, (subject: string) => Promise<Credentials>]>([
    ['oauth2-google', async (subject) => Credentials.google({ authCode: await code(subject) })],
    ['oauth2-google', async (subject) => Credentials.google({ idToken: await idToken(subject) })],
    ['oauth2-facebook', async (subject) => Credentials.facebook(accessToken(subject))],
    ['oauth2-apple', async (subject) => Credentials.apple(await idToken(subject))],
    ['custom-token', async (subject) => Credentials.jwt(await jwt(subject))],
    ['custom-function', async (subject) => Credentials.function({ badge: subject })],
    ['oidc', async (subject) => other('oidc', { id_token: await idToken(subject) })],
  ])('logs in and links with what an app got of %s', async (provider, credentials) => {
    const realm = makeApp();
    const user = await realm.logIn(await credentials('ada'));
    expectSameUser(provider, user.id);
    expect(user.identities).toEqual([{ id: 'ada', providerType: provider }]);
    expect(user.profile).toEqual(provider === 'oauth2-apple' ? {} : ADA);
    const anonymous = await realm.logIn(Credentials.anonymous(false));
    await anonymous.linkCredentials(await credentials(`linked to ${anonymous.id}`));
    expect(anonymous.identities.map(({ providerType }) => providerType)).toEqual(['anon-user', provider]);
    const again = await makeApp().logIn(await credentials(`linked to ${anonymous.id}`));
    expect(again.id).toBe(anonymous.id);
  });

  it('is told why a login is refused', async () => {
    const refused = { statusCode: 401, errorCode: 'AuthError' };
    const realm = makeApp();
    await expect(realm.logIn(Credentials.google({ idToken: await idp.idToken({ aud: 'x' }) }))).rejects.toMatchObject({
      ...refused,
      error: 'invalid ID token: it is for another client',
    });
    await expect(realm.logIn(Credentials.facebook('EAAB'))).rejects.toMatchObject(refused);
    await expect(realm.logIn(Credentials.jwt('x'))).rejects.toMatchObject({ statusCode: 401 });
  });
});

describe('mongodb-stitch-server-sdk 4.9.0', () => {
  const connect = (): StitchAppClient => {
    Stitch.clearApps();
    const config = new StitchAppClientConfiguration.Builder()
      .withBaseUrl(server.baseUrl)
      .withDataDirectory(storage)
      .build();
    return Stitch.initializeAppClient(appId, config);
  };

  it.each<[string, (subject: string) => Promise<StitchCredential>]>([
    ['oauth2-google', async (subject) => new GoogleCredential(await code(subject))],
    ['oauth2-facebook', async (subject) => new FacebookCredential(accessToken(subject))],
    ['custom-token', async (subject) => new CustomCredential(await jwt(subject))],
    ['custom-function', async (subject) => new FunctionCredential({ badge: subject })],
  ])('logs in and links with what an app got of %s', async (provider, credential) => {
    const client = connect();
    const { auth } = client;
    const user = await auth.loginWithCredential(await credential('ada'));
    expectSameUser(provider, user.id);
    expect(user.profile.name).toBe('Ada');
    await auth.logout();
    const anonymous = await auth.loginWithCredential(new AnonymousCredential());
    const linked = await anonymous.linkWithCredential(await credential(`linked to ${anonymous.id}`));
    expect(linked.id).toBe(anonymous.id);
    expect(linked.identities.map(({ providerType }) => providerType)).toEqual(['anon-user', provider]);
    client.close();
  });
});

describe('mongodb-stitch 3.18.0', () => {
  it('logs in with a code of Google, a token of Facebook, and a token of one’s own', async () => {
    const client = await StitchClientFactory.create(appId, { baseUrl: server.baseUrl });
    expectSameUser('oauth2-google', await client.authenticate('google', { authCode: await code('ada') }));
    expect((await client.userProfile()).data).toEqual(ADA);
    await client.logout();
    expectSameUser('oauth2-facebook', await client.authenticate('facebook', { accessToken: accessToken('ada') }));
    await client.logout();
    expectSameUser('custom-token', await client.authenticate('custom', await jwt('ada')));
    await client.logout();
    const anonymous = await client.login();
    await client.linkWithProvider('google', { authCode: await code('of an old SDK') });
    const { user_id: userId, identities } = await client.userProfile();
    expect([userId, identities.map(({ provider_type: type }) => type)]).toEqual([
      anonymous,
      ['anon-user', 'oauth2-google'],
    ]);
  });
});
