import type { App } from '../../src/apps/app.model.js';
import { Database } from '../../src/database/database.js';
import { ObjectId } from 'mongodb';
import type { AdminClient } from './admin-client.js';
import type { TestServer } from './create-test-server.js';

/** What nobody should be called. It would set `window.hacked`, and is as long as a provider may let it be. */
export const NASTY = [
  '<script>window.hacked = 1</script><img src=x onerror="window.hacked=1">\'"`',
  '=HYPERLINK("https://evil.example")',
  '\u202Egpj.exe \u{1F469}\u200D\u{1F680} javascript:window.hacked=1 ',
  'x'.repeat(100_000),
].join(' ');

/** As it can really be registered: the wire's rule is one @ and no blanks. */
export const NASTY_ADDRESS = `"><script>window.hacked=1</script><b>@evil.example`;

/** An app in which there is something on every page, and much of it is meant to harm or to break the page. */
export interface Stage {
  app: App;
  /** In which there is nothing. */
  bare: App;
  ada: string;
  anonymous: string;
  /** Whom everything nasty is said of. */
  mallory: string;
  /** Of Ada. */
  key: string;
  /** An action on many users that goes on. */
  job: string;
  /** The one-time page of a link by redirect. */
  linkPath: string;
}

export const PASSWORD = 'correct horse';

/**
 * @param issuer of an identity provider that answers
 * @param done where a login by redirect ends: a page of the app
 */
export async function makeStage(
  server: TestServer,
  admin: AdminClient,
  { issuer, done }: { issuer: string; done: string },
): Promise<Stage> {
  const app = await server.make.app({
    name: 'stage',
    providers: [
      { type: 'anon-user' },
      { type: 'api-key' },
      { type: 'local-userpass', settings: { config: { autoConfirm: false } } },
      {
        type: 'oidc',
        name: 'oidc',
        settings: {
          config: { issuer, clientId: 'stage' },
          secret_config: { clientSecret: 'client-secret' },
          redirect_uris: [done],
        },
      },
    ],
  });
  const bare = await server.make.app({ name: 'bare', providers: [] });
  const path = admin.app(app);
  const client = server.client(app);
  await admin.post(`${path}/secrets`, { name: 'client-secret', value: 'hush' });
  for (const name of ['billing', 'nightly']) await admin.post(`${path}/api_keys`, { name });
  for (const email of [NASTY_ADDRESS, `l${'o'.repeat(100)}ng@example.com`, 'waiting@example.com']) {
    await client.register({ email, password: PASSWORD });
  }
  const { id: ada, email } = await server.make.emailUser(app, { email: 'ada@example.com' });
  const headers = { 'user-agent': NASTY.slice(0, 2_000).replaceAll(/[^ -~]/g, '?') };
  const device = { platform: NASTY.slice(0, 60), deviceId: String(new ObjectId()) };
  const login = { username: email, password: PASSWORD, options: { device } };
  const [first] = [
    await client.login('local-userpass', login, { headers }),
    await client.login('local-userpass', login),
  ];
  const made = await client.request('POST', '/api/client/v2.0/auth/api_keys', {
    token: first.body.refresh_token,
    body: { name: 'k'.repeat(100) },
  });
  await client.login('local-userpass', { ...login, username: NASTY.slice(0, 120), password: 'x' });
  const anonymous = await client.enterAnonymously();
  const mallory = await client.enterAnonymously();
  const data = {
    name: NASTY,
    email: NASTY.slice(0, 200),
    picture: 'javascript:window.hacked=1',
    [NASTY.slice(0, 99)]: 'y',
  };
  const users = server.get(Database).connection.db!.collection('users');
  const customData = { [NASTY.slice(70, 110).replaceAll(/[.$]/g, '')]: NASTY.slice(0, 4_000) };
  await users.updateOne(
    { _id: ObjectId.createFromHexString(mallory.userId) },
    { $set: { data, customData, 'identities.0.data': data } },
  );
  // Some other instance's, which takes its time.
  const job = await server
    .get(Database)
    .connection.db!.collection('bulk_jobs')
    .insertOne({
      app: app._id,
      action: 'disable',
      state: 'running',
      total: 1_000,
      handled: 400,
      failed: 1,
      failures: [{ id: mallory.userId, code: 'x', message: NASTY.slice(0, 2_000) }],
      by: { actor: { kind: 'administrator', id: ada, name: NASTY.slice(0, 100) } },
      leaseEndsAt: new Date(Date.now() + 3_600_000),
      createdAt: new Date(),
      expiresAt: new Date(Date.now() + 3_600_000),
    });
  const query = new URLSearchParams({
    redirect: done,
    state: 'x',
    providerRedirectHeader: 'true',
    link: 'true',
  });
  const offer = await client.request('GET', `${client.appPath}/auth/providers/oidc/login?${query.toString()}`, {
    token: (await client.enterAnonymously()).accessToken,
  });
  const link = offer.headers.get('x-baas-location');
  if (link === null) throw new Error(`no page to link at: ${offer.text}`);
  return {
    app,
    bare,
    ada,
    anonymous: anonymous.userId,
    mallory: mallory.userId,
    key: String(made.body['_id']),
    job: job.insertedId.toHexString(),
    linkPath: new URL(link).pathname,
  };
}
