import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ObjectId } from 'mongodb';
import type { App } from '../../src/apps/app.model.js';
import { IdentitiesService } from '../../src/identities/identities.service.js';
import { makeAdmin, type AdminClient } from '../support/admin-client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';

interface Row {
  _id: string;
  data: { email?: string; name?: string };
  type: string;
}

let server: TestServer;
let admin: AdminClient;

beforeAll(async () => {
  server = await createTestServer();
  admin = await makeAdmin(server, 'GROUP_READ_ONLY');
});
afterAll(() => server.stop());

const list = async (app: App, query = ''): Promise<Row[]> => {
  const { status, body, text } = await admin.get(`${admin.app(app)}/users${query}`);
  if (status !== 200) throw new Error(`${query}: ${status} ${text}`);
  return body as unknown as Row[];
};
const idsOf = (rows: Row[]) => rows.map(({ _id }) => _id);

describe('pages of users', () => {
  let app: App;
  const ids: string[] = [];
  beforeAll(async () => {
    app = await server.make.app();
    for (let i = 0; i < 60; i++) ids.push((await server.client(app).enterAnonymously()).userId);
  });

  it('hold at most fifty, go on behind the last, and end', async () => {
    const first = await list(app);
    expect(idsOf(first)).toEqual(ids.slice(0, 50));
    expect(idsOf(await list(app, `?after=${first.at(-1)!._id}`))).toEqual(ids.slice(50));
    expect(await list(app, `?after=${ids.at(-1)!}`)).toEqual([]);
    expect(idsOf(await list(app, '?limit=1000000'))).toHaveLength(50);
    expect(idsOf(await list(app, '?limit=7'))).toEqual(ids.slice(0, 7));
    for (const limit of ['0', '-1', 'x', '1.5', '']) expect(await list(app, `?limit=${limit}`)).toHaveLength(50);
  });

  it('go backwards', async () => {
    const reversed = ids.toReversed();
    expect(idsOf(await list(app, '?desc=true'))).toEqual(reversed.slice(0, 50));
    expect(idsOf(await list(app, `?sort=_id&desc=true&after=${reversed[49]!}`))).toEqual(reversed.slice(50));
    expect(idsOf(await list(app, `?sort=creation_date&desc=true&after=${reversed[49]!}`))).toEqual(reversed.slice(50));
  });

  it('go on behind a user who is gone', async () => {
    const gone = new ObjectId().toHexString();
    expect(await list(app, `?after=${gone}`)).toEqual([]);
    expect(idsOf(await list(app, `?after=${'0'.repeat(24)}&limit=1`))).toEqual(ids.slice(0, 1));
    expect(idsOf(await list(app, `?after=1&after=${ids[3]!}&limit=1`))).toEqual([ids[4]]);
    expect((await admin.get(`${admin.app(app)}/users?after=x`)).status).toBe(400);
  });

  it('ignore what they do not know', async () => {
    const query = '?bypass_service_change=SyncSchemaVersionIncrease&product=&sort=status&search=%20&limit=1';
    expect(idsOf(await list(app, query))).toEqual([ids[0]]);
  });

  it('can be of a time', async () => {
    const now = Date.now();
    const day = 86_400;
    const seconds = Math.floor(now / 1_000);
    expect(await list(app, `?created_from=${seconds - day}&created_to=${seconds + day}`)).toHaveLength(50);
    expect(await list(app, `?created_from=${seconds + day}`)).toEqual([]);
    expect(await list(app, `?created_to=${new Date(now - day * 1_000).toISOString()}`)).toEqual([]);
    const page = await list(app, `?created_from=${seconds - day}`);
    expect(idsOf(await list(app, `?created_from=${seconds - day}&after=${page.at(-1)!._id}`))).toEqual(ids.slice(50));
    expect((await admin.get(`${admin.app(app)}/users?created_from=yesterday`)).status).toBe(400);
  });
});

describe('filters', () => {
  let app: App;
  let anonymous: string;
  let email: string;
  let both: string;
  beforeAll(async () => {
    app = await server.make.app();
    const client = server.client(app);
    anonymous = (await client.enterAnonymously()).userId;
    email = (await server.make.emailUser(app)).id;
    const { userId, accessToken } = await client.enterAnonymously();
    await client.register({ email: 'both@b.c', password: 'password' });
    const credentials = { username: 'both@b.c', password: 'password' };
    await client.request('POST', `${client.appPath}/auth/providers/local-userpass/login?link=true`, {
      token: accessToken,
      body: credentials,
    });
    both = userId;
    await server.admin.disable(app, email);
  });

  it('are the state', async () => {
    expect(idsOf(await list(app, '?status=disabled'))).toEqual([email]);
    expect(idsOf(await list(app, '?status=enabled'))).toEqual([anonymous, both]);
    expect((await admin.get(`${admin.app(app)}/users?status=asleep`)).status).toBe(400);
  });

  it('are providers, in both spellings', async () => {
    expect(idsOf(await list(app, '?provider_types=local-userpass'))).toEqual([email, both]);
    expect(idsOf(await list(app, '?provider_types=local-userpass,anon-user'))).toEqual([anonymous, email, both]);
    expect(idsOf(await list(app, '?provider_types=local-userpass&provider_types=anon-user'))).toHaveLength(3);
    expect(idsOf(await list(app, '?providerTypes=local-userpass&descending=true'))).toEqual([both, email]);
    expect(await list(app, '?provider_types=oauth2-google')).toEqual([]);
    expect(await list(app, '?provider_types=$ne')).toEqual([]);
    expect(idsOf(await list(app, `?provider_types=local-userpass&status=enabled`))).toEqual([both]);
    expect(idsOf(await list(app, `?provider_types=local-userpass&after=${email}`))).toEqual([both]);
  });

  it('are the type', async () => {
    expect(await list(app, '?type=server')).toEqual([]);
    expect(await list(app, '?type=normal')).toHaveLength(3);
    expect((await admin.get(`${admin.app(app)}/users?type=robot`)).status).toBe(400);
  });
});

describe('search', () => {
  let app: App;
  const ids: Record<string, string> = {};
  const addresses = [
    'a+b@x.y',
    'a.b@x.y',
    'axb@x.y',
    'a_b@x.y',
    '(a@x.y',
    '50%@x.y',
    '😀@x.y',
    'ÄRGER@x.y',
    'a*b@x.y',
    '[a@x.y',
  ];
  const search = async (text: string, more = '') =>
    (await list(app, `?search=${encodeURIComponent(text)}${more}`)).map(({ data }) => data.email);

  beforeAll(async () => {
    app = await server.make.app();
    for (const email of addresses) ids[email] = (await server.make.emailUser(app, { email })).id;
  });

  it('takes every character for itself, raw and encoded (B35)', async () => {
    for (const email of addresses) expect(await search(email)).toEqual([email]);
    expect(await search('a+')).toEqual(['a+b@x.y']);
    expect((await admin.get(`${admin.app(app)}/users?search=a+b@x.y`)).body).toMatchObject([{ _id: ids['a+b@x.y'] }]);
    expect(await search('ärger@X.Y')).toEqual(['ÄRGER@x.y']);
    expect(await search('a')).toEqual(['a+b@x.y', 'a.b@x.y', 'axb@x.y', 'a_b@x.y', 'a*b@x.y']);
    expect(await search('a', '&desc=true&limit=2')).toEqual(['a*b@x.y', 'a_b@x.y']);
    expect(await search('a', `&after=${ids['axb@x.y']!}`)).toEqual(['a_b@x.y', 'a*b@x.y']);
    for (const term of ['[', '\\', '*', '$', '$ne', '.*', '^a', 'x'.repeat(10_240), '{"$gt":""}', '\u0000']) {
      const { status } = await admin.get(`${admin.app(app)}/users?search=${encodeURIComponent(term)}`);
      expect([term.slice(0, 10), status]).toEqual([term.slice(0, 10), 200]);
    }
  });

  it('finds by user, identity and device id', async () => {
    const id = ids['axb@x.y']!;
    const { body } = await admin.get(`${admin.app(app)}/users/${id}`);
    const [identity] = body['identities'] as { id: string }[];
    expect(await search(id)).toEqual(['axb@x.y']);
    expect(await search(id.toUpperCase())).toEqual(['axb@x.y']);
    expect(await search(identity!.id)).toEqual(['axb@x.y']);
    expect(await search(id.slice(0, 23))).toEqual([]);
    const login = await server.client(app).login('local-userpass', { username: 'axb@x.y', password: 'correct horse' });
    expect(await search(login.body.device_id)).toEqual(['axb@x.y']);
  });

  it('finds by the beginning of any word of a name, and by several', async () => {
    const { userId } = await server.client(app).enterAnonymously();
    const source = { _id: new ObjectId(), name: 'custom-token', type: 'custom-token' };
    const identity = { subject: 'auth0|1', data: { name: 'Ada  LOVELACE King', email: 'ada@l.k' } };
    await server.get(IdentitiesService).link(app, ObjectId.createFromHexString(userId), source, identity);
    for (const text of ['ada', 'Love', 'kin', 'king ad', 'auth0|1', 'ada@l']) {
      expect(idsOf(await list(app, `?search=${encodeURIComponent(text)}`))).toContain(userId);
    }
    for (const text of ['velace', 'ada x', 'auth0']) {
      expect(idsOf(await list(app, `?search=${encodeURIComponent(text)}`))).not.toContain(userId);
    }
  });

  it('keeps to its app', async () => {
    const other = await server.make.app();
    const { id } = await server.make.emailUser(other, { email: 'other@x.y' });
    expect(await search('other')).toEqual([]);
    expect(await search(id)).toEqual([]);
  });

  it('gives the same however many match', async () => {
    const crowd = await server.make.app();
    const users = server.get(IdentitiesService);
    const source = { _id: new ObjectId(), name: 'custom-token', type: 'custom-token' };
    // Everybody, one in four, one in twelve and one in forty: met on the way, or gathered.
    const words = ['common', 'quarter', 'dozenth', 'fortieth'];
    const nameOf = (i: number) => words.filter((_, w) => Number.isInteger(i / [1, 4, 12, 40][w]!)).join(' ');
    const subjects = Array.from({ length: 1_100 }, (_, i) => i);
    await Promise.all(
      subjects.map((i) => users.createOwner(crowd, source, { subject: `s${i}`, data: { name: `${nameOf(i)} n${i}` } })),
    );
    const all: Row[] = [];
    for (let page = await list(crowd); page.length > 0; page = await list(crowd, `?after=${all.at(-1)!._id}`)) {
      all.push(...page);
    }
    expect(all).toHaveLength(subjects.length);
    for (const word of words) {
      const matching = idsOf(all.filter(({ data }) => data.name!.split(' ').includes(word)));
      for (const [query, order] of [
        ['', matching],
        ['&desc=true', matching.toReversed()],
        ['&provider_types=custom-token', matching],
      ] as const) {
        expect(idsOf(await list(crowd, `?search=${word}${query}`))).toEqual(order.slice(0, 50));
        const [after, limit] = [order[9], 40];
        expect(idsOf(await list(crowd, `?search=${word}${query}&after=${after}&limit=${limit}`))).toEqual(
          order.slice(10, 50),
        );
        expect(await list(crowd, `?search=${word}${query}&after=${order.at(-1)}`)).toEqual([]);
      }
      const byCreation = await list(crowd, `?search=${word}&sort=creation_date`);
      expect(new Set(idsOf(byCreation)).size).toBe(Math.min(50, matching.length));
    }
    expect(idsOf(await list(crowd, '?provider_types=custom-token&limit=20'))).toEqual(idsOf(all).slice(0, 20));
    expect(await list(crowd, '?search=common%20n104')).toHaveLength(11);
    expect(await list(crowd, '?search=dozenth&status=disabled')).toEqual([]);
  }, 60_000);
});

describe('an export', () => {
  it('is a selection as JSON or CSV, without formulas and secrets', async () => {
    const app = await server.make.app();
    const evil = await server.make.emailUser(app, { email: '=cmd|x@x.y' });
    const quoted = await server.make.emailUser(app, { email: 'a,"b@x.y' });
    const path = `${admin.app(app)}/users/export`;
    const json = await admin.get(path);
    expect(json.headers.get('content-type')).toBe('application/json');
    expect(json.headers.get('content-disposition')).toContain(`${app.clientAppId}-users.json`);
    expect(idsOf(json.body as unknown as Row[])).toEqual([evil.id, quoted.id]);
    const csv = await admin.get(`${path}?format=csv`);
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    const [header, first, second, end] = csv.text.split('\r\n');
    expect(header).toBe('_id,type,disabled,creation_date,last_authentication_date,email,name,identities');
    expect(first).toContain(",'=cmd|x@x.y,");
    expect(second).toContain(',"a,""b@x.y",');
    expect(end).toBe('');
    for (const { text } of [json, csv]) expect(text).not.toMatch(/secret|bcrypt|hash/i);
    expect((await admin.get(`${path}?search=zzz`)).text).toBe('[]');
    expect((await admin.get(`${path}?after=x`)).status).toBe(400);
  });

  it('holds all pages', async () => {
    const app = await server.make.app();
    const source = { _id: new ObjectId(), name: 'custom-token', type: 'custom-token' };
    const users = server.get(IdentitiesService);
    const subjects = Array.from({ length: 401 }, (_, i) => `s${i}`);
    await Promise.all(subjects.map((subject) => users.createOwner(app, source, { subject, data: {} })));
    const { body } = await admin.get(`${admin.app(app)}/users/export`);
    expect(new Set(idsOf(body as unknown as Row[])).size).toBe(401);
  });
});
