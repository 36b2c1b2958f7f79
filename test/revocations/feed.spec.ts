import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { compactVerify, createLocalJWKSet, flattenedVerify, type JSONWebKeySet } from 'jose';
import type { App } from '../../src/apps/app.model.js';
import { AppSettingsService } from '../../src/apps/app-settings.service.js';
import { Clock } from '../../src/common/clock.js';
import type { FeedBody } from '../../src/revocations/revocations.view.js';
import { SigningKeysService } from '../../src/signing-keys/signing-keys.service.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { claimsOf } from '../support/tokens.js';
import { sleep, waitUntil } from '../support/wait.js';

class ShiftedClock extends Clock {
  shiftMs = 0;
  now(): Date {
    return new Date(Date.now() + this.shiftMs);
  }
}

const clock = new ShiftedClock();
let server: TestServer;
let app: App;

beforeAll(async () => {
  server = await createTestServer({ clock });
  app = await server.make.app();
});
afterAll(() => server.stop());

const pathOf = (of: App, query = ''): string => `/api/client/v2.0/app/${of.clientAppId}/revocations${query}`;

async function feed(query = '', from = server, of = app): Promise<FeedBody> {
  const { status, text } = await from.client(of).request('GET', pathOf(of, query));
  if (status !== 200) throw new Error(`${status} ${text}`);
  return JSON.parse(text) as FeedBody;
}

async function keysOf(of: App) {
  const { text } = await server.client(of).request('GET', pathOf(of).replace('revocations', '.well-known/jwks.json'));
  return createLocalJWKSet(JSON.parse(text) as JSONWebKeySet);
}

const sidOf = (token: string): string => claimsOf(token)['sid'] as string;

/** A position after everything that happened up to now. */
async function here(): Promise<string> {
  const client = server.client(app);
  const { accessToken, refreshToken } = await client.enterAnonymously();
  await client.logout(refreshToken);
  let seq = '';
  await waitUntil(async () => {
    const body = await feed();
    seq = body.seq;
    return body.sessions.includes(sidOf(accessToken));
  });
  return seq;
}

async function told(query: string, isIt: (body: FeedBody) => boolean, from = server, of = app): Promise<FeedBody> {
  let body = await feed(query, from, of);
  await waitUntil(async () => isIt((body = await feed(query, from, of))));
  return body;
}

test('a logout is in the feed of its app, of no other, and of another instance', async () => {
  const [client, foreign, second] = [
    server.client(app),
    await server.make.app(),
    await createTestServer({ clock, sharing: server }),
  ];
  try {
    const { accessToken, refreshToken } = await client.enterAnonymously();
    const before = await here();
    // The first answer of an instance tells everything anew.
    await feed('', second);
    await client.logout(refreshToken);
    const sid = sidOf(accessToken);
    const body = await told(`?after=${before}`, ({ sessions }) => sessions.includes(sid));
    expect(body).toEqual({ seq: expect.any(String), retain: 1_860, sessions: [sid], users: [], keys: [] });
    expect(BigInt(body.seq)).toBeGreaterThan(BigInt(before));
    const elsewhere = await told(`?after=${before}`, ({ sessions }) => sessions.includes(sid), second);
    expect(elsewhere).toEqual(body);
    expect(await feed(`?after=${body.seq}`)).toMatchObject({ seq: body.seq, sessions: [], users: [] });
    expect((await feed('', server, foreign)).sessions).toEqual([]);
  } finally {
    await second.stop();
  }
});

test('revoked, disabled and deleted users are in it, and still after a restart', async () => {
  const users = await Promise.all([1, 2, 3].map(() => server.client(app).enterAnonymously()));
  const [revoked, disabled, deleted] = users.map(({ userId }) => userId) as [string, string, string];
  await server.admin.revokeSessions(app, revoked);
  await server.admin.disable(app, disabled);
  await server.admin.delete(app, deleted);
  await server.admin.enable(app, disabled);
  const wanted = [revoked, disabled, deleted].map((id) => ({ id, epoch: 1 }));
  const isThere = ({ users: found }: FeedBody): boolean =>
    wanted.every(({ id }) => found.some((user) => user.id === id));
  expect((await told('', isThere)).users).toEqual(expect.arrayContaining(wanted));
  const restarted = await createTestServer({ clock, sharing: server });
  try {
    expect((await told('', isThere, restarted)).users).toEqual(expect.arrayContaining(wanted));
  } finally {
    await restarted.stop();
  }
});

test('a key that was given up is in it, and the next one signs the feed', async () => {
  const own = await server.make.app();
  const keys = server.get(SigningKeysService);
  const { kid } = await keys.currentOf(own);
  await keys.retire(own, kid);
  const isThere = ({ keys: found }: FeedBody): boolean => found.includes(kid);
  expect((await told('', isThere, server, own)).keys).toEqual([kid]);
  const { headers, text } = await server.client(own).request('GET', pathOf(own));
  const [protectedHeader = '', , signature = ''] = headers.get('latchkey-signature')!.split('.');
  const payload = Buffer.from(text).toString('base64url');
  const verified = await flattenedVerify({ protected: protectedHeader, payload, signature }, await keysOf(own));
  expect(verified.protectedHeader?.kid).not.toBe(kid);
});

test('the body is signed over its bytes, with what was asked and when', async () => {
  const after = await here();
  const { headers, text, body } = await server.client(app).request('GET', pathOf(app, `?after=${after}`));
  expect(headers.get('content-type')).toBe('application/json');
  expect(headers.get('cache-control')).toBe('no-store');
  const [protectedHeader = '', empty, signature = ''] = headers.get('latchkey-signature')!.split('.');
  expect(empty).toBe('');
  const keys = await keysOf(app);
  const payload = Buffer.from(text).toString('base64url');
  const verified = await flattenedVerify({ protected: protectedHeader, payload, signature }, keys);
  expect(verified.protectedHeader).toMatchObject({
    typ: 'latchkey-revocations',
    iss: `${server.publicUrl}/api/client/v2.0/app/${app.clientAppId}`,
    after,
    seq: body['seq'],
    etag: headers.get('etag'),
  });
  expect(Math.abs(Number(verified.protectedHeader?.['iat']) - Date.now() / 1_000)).toBeLessThan(5);
  const changed = Buffer.from(text.replace('"sessions":[]', '"sessions":[""]')).toString('base64url');
  await expect(flattenedVerify({ protected: protectedHeader, payload: changed, signature }, keys)).rejects.toThrow(
    'signature verification failed',
  );
});

test('what is known is answered with 304 and a signature of its own', async () => {
  const client = server.client(app);
  const after = await here();
  const { headers } = await client.request('GET', pathOf(app, `?after=${after}`));
  const etag = headers.get('etag')!;
  const again = await client.request('GET', pathOf(app, `?after=${after}`), { headers: { 'if-none-match': etag } });
  expect(again).toMatchObject({ status: 304, text: '' });
  const [protectedHeader = '', , signature = ''] = again.headers.get('latchkey-signature')!.split('.');
  const verified = await flattenedVerify({ protected: protectedHeader, payload: '', signature }, await keysOf(app));
  expect(verified.protectedHeader).toMatchObject({ etag, after });
});

test('a long poll is answered when something is revoked, and empty when its time is over', async () => {
  const client = server.client(app);
  const { accessToken, refreshToken } = await client.enterAnonymously();
  const after = await here();
  const started = performance.now();
  expect(await feed(`?after=${after}&wait=1`)).toMatchObject({ seq: after, sessions: [] });
  expect(performance.now() - started).toBeGreaterThan(900);
  const waiting = feed(`?after=${after}&wait=20`);
  await client.logout(refreshToken);
  expect((await waiting).sessions).toEqual([sidOf(accessToken)]);
});

test('the stream tells all, resumes, and shows that it lives', async () => {
  const client = server.client(app);
  const { accessToken, refreshToken } = await client.enterAnonymously();
  const after = await here();
  const abort = new AbortController();
  const response = await fetch(`${server.baseUrl}${pathOf(app, '/stream')}`, {
    headers: { 'last-event-id': after },
    signal: abort.signal,
  });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const keys = await keysOf(app);
  const seen: { after: unknown; seq: unknown; sessions: string[] }[] = [];
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body!) {
    text += decoder.decode(chunk, { stream: true });
    const events = text.split('\n\n');
    text = events.pop()!;
    for (const event of events) {
      const { id, data } = /^id: (?<id>\d+)\nevent: revocations\ndata: (?<data>\S+)$/.exec(event)!.groups!;
      const { payload, protectedHeader } = await compactVerify(data!, keys);
      const body = JSON.parse(Buffer.from(payload).toString()) as FeedBody;
      expect(protectedHeader).toMatchObject({ typ: 'latchkey-revocations', seq: id });
      expect(body.seq).toBe(id);
      seen.push({ after: protectedHeader['after'], seq: id, sessions: body.sessions });
      if (seen.length === 1) await client.logout(refreshToken);
    }
    if (seen.length >= 3) break;
  }
  abort.abort();
  expect(seen[0]).toMatchObject({ after, seq: after });
  const sid = sidOf(accessToken);
  const news = seen.findIndex(({ sessions }) => sessions.includes(sid));
  expect(news).toBeGreaterThan(0);
  expect(seen[news]!.after).toBe(after);
  for (const [index, { after: from }] of seen.slice(1).entries()) expect(from).toBe(seen[index]!.seq);
});

test('what has expired by itself is not in it; a lowered lifetime does not shorten it', async () => {
  const own = await server.make.app();
  const client = server.client(own);
  const { accessToken, refreshToken } = await client.enterAnonymously();
  await server.get(AppSettingsService).change(own, { accessTokenSeconds: 60 });
  await client.logout(refreshToken);
  const isThere = ({ sessions }: FeedBody): boolean => sessions.includes(sidOf(accessToken));
  await told('', isThere, server, own);
  clock.shiftMs = 1_800_000;
  expect(isThere(await feed('', server, own))).toBe(true);
  clock.shiftMs = 1_900_000;
  expect(isThere(await feed('', server, own))).toBe(false);
  clock.shiftMs = 0;
});

test.each(['after=x', 'after=-1', 'after=1&after=2', 'after=99999999999999999999', 'wait=x', 'wait=-1'])(
  '%s is refused',
  async (query) => {
    const { status, body } = await server.client(app).request('GET', pathOf(app, `?${query}`));
    expect({ status, code: body.error_code }).toEqual({ status: 400, code: 'InvalidParameter' });
  },
);

test('an app that does not exist has none', async () => {
  const { status } = await server
    .client('nobody-abcde')
    .request('GET', '/api/client/v2.0/app/nobody-abcde/revocations');
  expect(status).toBe(404);
});

test('a stream and a long poll do not hold up the end of a server', async () => {
  const ending = await createTestServer({ sharing: server });
  const after = await here();
  const stream = await fetch(`${ending.baseUrl}${pathOf(app, `/stream?after=${after}`)}`);
  const poll = ending.client(app).request('GET', pathOf(app, `?after=${after}&wait=20`));
  await sleep(200);
  const started = performance.now();
  await ending.stop();
  expect(performance.now() - started).toBeLessThan(5_000);
  expect([200, 503]).toContain((await poll).status);
  await stream.text();
});
