import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Answer } from '../support/client.js';
import type { ApiClient } from '../support/client.js';
import { CLIENT_PATH } from '../support/client.js';
import { createTestServer } from '../support/create-test-server.js';
import type { TestServer } from '../support/create-test-server.js';
import { expectError, expectJson } from '../support/expect-answer.js';

const HOME = 'https://app.example.com';
const STRANGER = 'https://stranger.example';
const WANTED_HEADERS = ['authorization', 'content-type', 'accept', 'x-baas-request-origin', 'x-stitch-request-origin'];

let server: TestServer;
/** An app that lists its origins, and one that takes any. */
let listed: ApiClient;
let open: ApiClient;
beforeAll(async () => {
  server = await createTestServer();
});
beforeAll(async () => {
  listed = server.client(await server.make.app({ allowedOrigins: [HOME, 'http://localhost:3000'] }));
  open = server.client(await server.make.app());
});
afterAll(() => server.stop());

const listOf = (answer: Answer, header: string) =>
  (answer.headers.get(header) ?? '')
    .toLowerCase()
    .split(',')
    .map((item) => item.trim());

function expectAllowed(answer: Answer, origin: string): void {
  expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
  expect(listOf(answer, 'vary')).toContain('origin');
}

function preflight(client: ApiClient, path: string, origin: string): Promise<Answer> {
  const headers = {
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': WANTED_HEADERS.join(','),
  };
  return client.request('OPTIONS', path, { headers });
}

describe('preflight', () => {
  it.each([
    '/location',
    '/auth/providers/anon-user/login',
    '/auth/providers/local-userpass/login?link=true',
    '/auth/providers/local-userpass/register',
    '/functions/call',
    '/nothing/here',
  ])('of %s lets the app’s pages send what SDKs send', async (path) => {
    const answer = await preflight(listed, listed.appPath + path, HOME);
    expect([200, 204]).toContain(answer.status);
    expectAllowed(answer, HOME);
    expect(listOf(answer, 'access-control-allow-headers')).toEqual(expect.arrayContaining(WANTED_HEADERS));
    expect(listOf(answer, 'access-control-allow-methods')).toEqual(
      expect.arrayContaining(['get', 'post', 'put', 'delete']),
    );
  });

  it.each(['session', 'profile', 'delete', 'api_keys'])(
    'of /auth/%s, which names no app, lets pages of any app in',
    async (path) => {
      for (const origin of [HOME, 'http://localhost:3000']) {
        expectAllowed(await preflight(listed, `${CLIENT_PATH}/auth/${path}`, origin), origin);
      }
    },
  );

  it('gives a stranger no origin header', async () => {
    const answer = await preflight(listed, `${listed.appPath}/auth/providers/anon-user/login`, STRANGER);
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('lets any page use an app that lists none', async () => {
    expectAllowed(await preflight(open, `${open.appPath}/location`, STRANGER), STRANGER);
  });
});

describe('requests of a page', () => {
  const from = (origin: string) => ({ headers: { origin } });

  it('are answered with their origin', async () => {
    const login = await listed.login('anon-user', {}, from(HOME));
    expectJson(login, 200);
    expectAllowed(login, HOME);
    const profile = await listed.profile(login.body.access_token, from(HOME));
    expectJson(profile, 200);
    expectAllowed(profile, HOME);
  });

  it('of a stranger do nothing', async () => {
    const answer = await listed.login('anon-user', {}, from(STRANGER));
    expectError(answer, { status: 403 });
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('must come from a page of the token’s app, also where the path names none', async () => {
    const { accessToken, refreshToken } = await listed.enterAnonymously();
    for (const answer of [
      await listed.profile(accessToken, from(STRANGER)),
      await listed.refresh(refreshToken, from(STRANGER)),
    ]) {
      expectError(answer, { status: 403 });
      expectAllowed(answer, STRANGER);
    }
    expectJson(await listed.profile(accessToken, from(HOME)), 200);
  });

  it.each([
    `${HOME}.evil.example`,
    'https://evil.example/app.example.com',
    'http://app.example.com',
    `${HOME}:8443`,
    'null',
  ])('are not taken from what only looks like a page of the app: %s', async (origin) => {
    const answer = await listed.location(from(origin));
    expectError(answer, { status: 403 });
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('never get credentials allowed with any origin at all', async () => {
    const answer = await open.location(from(STRANGER));
    const [origin, credentials] = ['origin', 'credentials'].map((name) =>
      answer.headers.get(`access-control-allow-${name}`),
    );
    expect(origin === '*' && credentials === 'true').toBe(false);
  });

  it('need no origin when they come from no page', async () => {
    expectJson(await listed.location(), 200);
  });
});

describe('B33: errors', () => {
  it.each([
    ['malformed JSON', 400, (c: ApiClient) => c.login('anon-user', '{', { headers: { origin: HOME } })],
    [
      'a wrong password',
      401,
      (c: ApiClient) =>
        c.login('local-userpass', { username: 'a@b.c', password: 'secret1' }, { headers: { origin: HOME } }),
    ],
    ['a dead token', 401, (c: ApiClient) => c.profile('garbage', { headers: { origin: HOME } })],
    ['no token', 401, (c: ApiClient) => c.refresh(undefined, { headers: { origin: HOME } })],
    ['an unknown path', 404, (c: ApiClient) => c.request('GET', `${c.appPath}/nothing`, { headers: { origin: HOME } })],
    ['an unknown provider', 404, (c: ApiClient) => c.login('nobody', {}, { headers: { origin: HOME } })],
    ['a wrong method', 405, (c: ApiClient) => c.request('PUT', `${c.appPath}/location`, { headers: { origin: HOME } })],
    [
      'an address in use',
      409,
      (c: ApiClient) => c.register({ email: 'taken@example.com', password: 'secret1' }, { headers: { origin: HOME } }),
    ],
    [
      'a body too large',
      413,
      (c: ApiClient) => c.login('anon-user', { x: 'x'.repeat(70_000) }, { headers: { origin: HOME } }),
    ],
    [
      'a wrong media type',
      415,
      (c: ApiClient) => c.login('anon-user', 'a=b', { contentType: 'text/plain', headers: { origin: HOME } }),
    ],
  ])('like %s carry the headers too', async (_what, status, ask) => {
    await listed.register({ email: 'taken@example.com', password: 'secret1' });
    const answer = await ask(listed);
    expectError(answer, { status });
    expectAllowed(answer, HOME);
  });

  it('for an unknown app reach the page as errors', async () => {
    const answer = await server.client('nobody-abcde').location({ headers: { origin: HOME } });
    expectError(answer, { status: 404 });
    expectAllowed(answer, HOME);
  });

  it('of too many guesses carry the headers and when to come back', async () => {
    const guess = () =>
      listed.login(
        'local-userpass',
        { username: 'many@example.com', password: 'wrong 1' },
        { headers: { origin: HOME } },
      );
    let answer = await guess();
    for (let guesses = 0; answer.status === 401 && guesses < 25; guesses++) answer = await guess();
    expectError(answer, { status: 429, code: 'TooManyRequests' });
    expectAllowed(answer, HOME);
    expect(listOf(answer, 'access-control-expose-headers')).toContain('retry-after');
  });
});
