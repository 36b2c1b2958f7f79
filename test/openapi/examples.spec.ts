import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OPERATIONS } from '../../src/openapi/operations/index.js';
import { makeAdmin, makeGroup, type AdminClient } from '../support/admin-client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { ExampleRecorder, type Wanted } from '../support/example-recorder.js';

const FILE = new URL('../../src/openapi/examples.json', import.meta.url);
const ADMIN = '/api/admin/v3.0';
const GROUP = `${ADMIN}/groups/{groupId}`;
const APP = `${GROUP}/apps/{appId}`;
const CLIENT = '/api/client/v2.0/app/{clientAppId}';
const ME = '/api/client/v2.0/auth';
const PERSON = { email: 'ada@example.com', password: 'correct horse' };

let server: TestServer;
let owner: AdminClient;
let recorder: ExampleRecorder;
/** Parts of paths that all later requests share. */
const at: Record<string, string> = {};

const open = (route: string, wanted: Wanted = {}) => recorder.record(route, { ...wanted, at: { ...at, ...wanted.at } });
const admin = (route: string, wanted: Wanted = {}) => open(route, { token: owner.accessToken, ...wanted });
const idOf = (body: unknown) => (body as { _id: string })._id;

beforeAll(async () => {
  server = await createTestServer();
  recorder = new ExampleRecorder(server.client(''), server.publicUrl);
  const groupId = await makeGroup(server);
  owner = await makeAdmin(server, 'GROUP_OWNER', { groupId, email: 'owner@example.com' });
  at['groupId'] = groupId.toHexString();
  await administrators();
  await setUp();
  await logins();
  await users();
  await rest();
}, 120_000);
afterAll(() => server.stop());

async function administrators(): Promise<void> {
  const { email: username, password } = owner.account;
  await open('GET /health/live');
  await open('GET /health/ready');
  await open('GET /api/private/v1.0/version');
  await open('GET /api/public/v1.0');
  await open(`GET ${ADMIN}/auth/providers`);
  await open(`POST ${ADMIN}/auth/providers/local-userpass/login`, { body: { username, password } });
  await open(`POST ${ADMIN}/auth/session`, { token: owner.refreshToken });
  for (const path of ['auth/profile', 'auth/sessions', 'groups', 'system']) await admin(`GET ${ADMIN}/${path}`);
  await admin(`DELETE ${ADMIN}/auth/sessions`, { query: 'except=current' });
  await admin(`PUT ${ADMIN}/auth/password`, { body: { old_password: password, password: 'another password' } });
  await admin(`POST ${ADMIN}/groups`, { body: { name: 'Example Inc.' } });
  const invite = { email: 'helper@example.com', role_name: 'GROUP_SUPPORT' };
  const { body } = await admin(`POST ${GROUP}/administrators`, { body: invite });
  const token = /[#=]([^#=]+)$/.exec(String(body['link']))![1]!;
  const accepted = await open(`POST ${ADMIN}/auth/invitations/accept`, {
    body: { token, password: 'helping hands', name: 'Helper' },
  });
  await admin(`GET ${GROUP}/administrators`);
  const helper = { at: { id: accepted.body.user_id } };
  await admin(`PATCH ${GROUP}/administrators/{id}`, { ...helper, body: { role_name: 'GROUP_READ_ONLY' } });
  await admin(`DELETE ${GROUP}/administrators/{id}`, helper);
  const key = (await admin(`POST ${GROUP}/api_keys`, { body: { name: 'deploy', role_name: 'GROUP_ADMIN' } })).body;
  await admin(`GET ${GROUP}/api_keys`);
  await open(`POST ${ADMIN}/auth/providers/mongodb-cloud/login`, {
    body: { username: key['public_key'], apiKey: key['private_key'] },
  });
  const { body: byKey } = await open(`POST ${ADMIN}/auth/providers/api-key/login`, {
    body: { key: key['private_key'] },
  });
  await open(`DELETE ${ADMIN}/auth/session`, { token: byKey.refresh_token });
  await admin(`DELETE ${GROUP}/api_keys/{id}`, { at: { id: idOf(key) } });
}

async function setUp(): Promise<void> {
  const { body: app } = await admin(`POST ${GROUP}/apps`, { body: { name: 'shop' } });
  Object.assign(at, { appId: idOf(app), clientAppId: String(app['client_app_id']) });
  await admin(`GET ${GROUP}/apps`);
  await admin(`GET ${APP}`);
  const add = async (body: object) => idOf((await admin(`POST ${APP}/auth_providers`, { body })).body);
  const id = await add({ type: 'local-userpass', config: { autoConfirm: true } });
  await add({ type: 'anon-user' });
  const { body: providers } = await admin(`GET ${APP}/auth_providers`);
  const keys = (providers as unknown as { _id: string; type: string }[]).find(({ type }) => type === 'api-key')!;
  await admin(`PUT ${APP}/auth_providers/{id}/enable`, { at: { id: keys._id } });
  const mails = {
    config: { resetPasswordUrl: 'https://shop.example.com/reset', resetPasswordSubject: 'Your password' },
  };
  await admin(`PATCH ${APP}/auth_providers/{id}`, { at: { id }, body: mails });
  await admin(`GET ${APP}/auth_providers/{id}`, { at: { id } });
  const spare = { at: { id: await add({ type: 'custom-function', config: { authFunctionName: 'check' } }) } };
  await admin(`PUT ${APP}/auth_providers/{id}/disable`, spare);
  await admin(`DELETE ${APP}/auth_providers/{id}`, spare);
  await settings();
  await records();
}

async function settings(): Promise<void> {
  for (const path of ['settings', 'custom_user_data', 'signing_keys', 'security/access_list', 'description']) {
    await admin(`GET ${APP}/${path}`);
  }
  await admin(`PATCH ${APP}/settings`, { body: { access_token_seconds: 900 } });
  await admin(`PATCH ${APP}/custom_user_data`, { body: { enabled: true } });
  const origins = ['https://shop.example.com'];
  await admin(`POST ${APP}/security/allowed_request_origins`, { body: origins });
  await admin(`GET ${APP}/security/allowed_request_origins`);
  const { body: entry } = await admin(`POST ${APP}/security/access_list`, {
    body: { address: '203.0.113.0/24', comment: 'the office' },
  });
  const inList = { at: { id: idOf(entry) } };
  await admin(`PATCH ${APP}/security/access_list/{id}`, { ...inList, body: { address: '203.0.113.7' } });
  await admin(`DELETE ${APP}/security/access_list/{id}`, inList);
  await admin(`GET ${APP}/security/refresh_token_expiration`);
  await admin(`PUT ${APP}/security/refresh_token_expiration`, { body: { expiration_time_seconds: 2_592_000 } });
}

async function records(): Promise<void> {
  const secret = idOf(
    (await admin(`POST ${APP}/secrets`, { body: { name: 'signing', value: 'not shown again' } })).body,
  );
  await admin(`GET ${APP}/secrets`);
  await admin(`PUT ${APP}/secrets/{id}`, { at: { id: secret }, body: { value: 'another value' } });
  await admin(`DELETE ${APP}/secrets/{id}`, { at: { id: secret } });
  const wanted = { name: 'check', webhook_url: 'https://shop.example.com/check' };
  const { body: made } = await admin(`POST ${APP}/functions`, { body: wanted });
  const id = { at: { id: idOf(made) } };
  await admin(`GET ${APP}/functions`);
  await admin(`GET ${APP}/functions/{id}`, id);
  await admin(`PUT ${APP}/functions/{id}`, { ...id, body: { ...wanted, name: 'check_login' } });
  await admin(`DELETE ${APP}/functions/{id}`, id);
}

async function logins(): Promise<void> {
  await open(`GET ${CLIENT}/location`);
  await open(`GET ${CLIENT}/auth/providers`);
  await open(`GET ${CLIENT}/.well-known/jwks.json`);
  await open(`GET ${CLIENT}/.well-known/openid-configuration`);
  await open(`POST ${CLIENT}/auth/providers/local-userpass/register`, { body: PERSON });
  const logIn = () =>
    open(`POST ${CLIENT}/auth/providers/{name}/login`, {
      at: { name: 'local-userpass' },
      body: { username: PERSON.email, password: PERSON.password },
    });
  const { access_token: token, refresh_token: refresh } = (await logIn()).body;
  await open(`GET ${CLIENT}/auth/providers/anon-user/login`);
  await open(`POST ${ME}/session`, { token: refresh });
  await open(`GET ${ME}/profile`, { token });
  await open(`GET ${ME}/sessions`, { token });
  const { body: key } = await open(`POST ${ME}/api_keys`, { token: refresh, body: { name: 'laptop' } });
  // As the original did: by the refresh token.
  const one = { token: refresh, at: { id: idOf(key) } };
  await open(`GET ${ME}/api_keys`, { token: refresh });
  await open(`GET ${ME}/api_keys/{id}`, one);
  await open(`PUT ${ME}/api_keys/{id}/disable`, one);
  await open(`PUT ${ME}/api_keys/{id}/enable`, one);
  await admin(`GET ${APP}/users/{id}/api_keys`, {
    at: { id: (await open(`GET ${ME}/profile`, { token })).body.user_id },
  });
  await open(`DELETE ${ME}/api_keys/{id}`, one);
  const passwords = { old_password: PERSON.password, password: PERSON.password };
  await open(`PUT ${ME}/password`, { token, body: passwords });
  await open(`DELETE ${ME}/sessions`, { token, query: 'except=current' });
  await open(`POST ${CLIENT}/auth/providers/local-userpass/reset/send`, { body: { email: PERSON.email } });
  await admin(`GET ${APP}/outbox`);
  await admin(`POST ${APP}/users/verify_token`, { body: { token } });
  const last = (await logIn()).body;
  await open(`DELETE ${ME}/session`, { token: last.refresh_token });
  const anonymous = (await open(`GET ${CLIENT}/auth/providers/anon-user/login`)).body.access_token;
  await open(`DELETE ${ME}/delete`, { token: anonymous });
}

async function users(): Promise<void> {
  const { body: made } = await admin(`POST ${APP}/users`, {
    body: { email: 'alan@example.com', password: 'turing machine' },
  });
  const id = idOf(made);
  const user = { at: { id } };
  await admin(`GET ${APP}/users`, { query: 'search=alan' });
  await admin(`GET ${APP}/users_count`);
  await admin(`GET ${APP}/users/export`, { query: 'status=enabled' });
  await admin(`GET ${APP}/users/{id}`, user);
  await open(`POST ${CLIENT}/auth/providers/{name}/login`, {
    at: { name: 'local-userpass' },
    body: {
      username: 'alan@example.com',
      password: 'turing machine',
      options: { device: { platform: 'node', platformVersion: '20' } },
    },
  });
  await admin(`GET ${APP}/users/{id}/devices`, user);
  const { body: sessions } = await admin(`GET ${APP}/users/{id}/sessions`, user);
  const sessionId = idOf((sessions as unknown as unknown[])[0]);
  await admin(`DELETE ${APP}/users/{id}/sessions/{sessionId}`, { at: { id, sessionId } });
  await admin(`PUT ${APP}/users/{id}/custom_data`, { ...user, body: { colour: 'green' } });
  await admin(`GET ${APP}/users/{id}/custom_data`, user);
  await admin(`PUT ${APP}/users/{id}/disable`, user);
  await admin(`PUT ${APP}/users/{id}/enable`, user);
  await admin(`PUT ${APP}/users/{id}/logout`, user);
  await admin(`PUT ${APP}/users/{id}/password`, { ...user, body: { password: 'enigma machine' } });
  await admin(`PATCH ${APP}/users/{id}/reset_email`, { ...user, body: { email: 'turing@example.com' } });
  await admin(`POST ${APP}/users/bulk`, { body: { action: 'logout', ids: [id] } });
  await admin(`DELETE ${APP}/users/{id}`, user);
  await admin(`GET ${APP}/user_registrations/pending_users`);
}

async function rest(): Promise<void> {
  const { body: key } = await admin(`POST ${APP}/api_keys`, { body: { name: 'worker' } });
  const one = { at: { id: idOf(key) } };
  const authorization = `Basic ${Buffer.from(`${idOf(key)}:${String(key['key'])}`).toString('base64')}`;
  const { body: tokens } = await open(`GET ${CLIENT}/auth/providers/anon-user/login`);
  for (const what of ['introspect', 'revoke']) {
    const form = { contentType: 'application/x-www-form-urlencoded', body: `token=${tokens.refresh_token}` };
    await server.client(at['clientAppId']!).request('POST', `/api/client/v2.0/app/${at['clientAppId']}/auth/${what}`, {
      ...form,
      authorization,
    });
  }
  await admin(`GET ${APP}/api_keys`);
  await admin(`GET ${APP}/api_keys/{id}`, one);
  await admin(`PUT ${APP}/api_keys/{id}/disable`, one);
  await admin(`PUT ${APP}/api_keys/{id}/enable`, one);
  await admin(`DELETE ${APP}/api_keys/{id}`, one);
  await admin(`POST ${APP}/signing_keys/rotate`);
  await admin(`GET ${APP}/audit`, { query: 'type=provider.create&limit=1' });
  await admin(`GET ${GROUP}/audit`, { query: 'type=app.create&limit=1' });
  await admin(`GET ${APP}/logs`, { query: 'type=AUTH&limit=1' });
  const service = idOf(
    (await admin(`POST ${APP}/services`, { body: { name: 'mongodb-atlas', type: 'mongodb-atlas' } })).body,
  );
  await admin(`GET ${APP}/services`);
  await admin(`DELETE ${APP}/services/{id}`, { at: { id: service } });
  const { body: draft } = await admin(`POST ${APP}/drafts`);
  await admin(`POST ${APP}/drafts/{id}/deployment`, { at: { id: idOf(draft) } });
  await admin(`DELETE ${APP}`);
}

describe('the examples of the OpenAPI document', () => {
  it('are requests that were made, and their answers (npm run docs:examples writes them)', async () => {
    const sorted = Object.fromEntries(Object.entries(recorder.examples).sort(([a], [b]) => (a < b ? -1 : 1)));
    const text = `${JSON.stringify(sorted, null, 2)}\n`;
    if (process.env['WRITE_EXAMPLES']) await writeFile(FILE, text);
    expect(JSON.parse(await readFile(FILE, 'utf8'))).toEqual(JSON.parse(text));
    expect(Object.keys(sorted).length).toBeGreaterThan(90);
  });

  it('hold no token and no secret', () => {
    const text = JSON.stringify(recorder.examples);
    expect(text).not.toMatch(/eyJ|[A-Za-z0-9]{64}/);
    expect(text).not.toContain(at['appId']!);
  });

  it('have the shapes that the document says', () => {
    const wrong: unknown[] = [];
    for (const [route, { text, status }] of recorder.answers) {
      const shape = OPERATIONS[route]?.answer;
      if (!shape) {
        if (status !== 204) wrong.push([route, status, 'no shape']);
        continue;
      }
      const result = shape.safeParse(JSON.parse(text));
      if (!result.success) wrong.push([route, result.error.issues]);
    }
    expect(wrong).toEqual([]);
  });

  it('are in the document, with the status that was answered', async () => {
    const { body } = await server.client('').request('GET', '/openapi.json');
    const paths = body['paths'] as Record<string, Record<string, { responses: Record<string, object> }>>;
    for (const [route, { status }] of recorder.answers) {
      const [method = '', path = ''] = route.split(' ');
      const { responses } = paths[path]![method.toLowerCase()]!;
      expect([route, Object.keys(responses)]).toEqual([route, expect.arrayContaining([String(status)])]);
    }
  });
});
