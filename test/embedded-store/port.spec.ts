import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { rmSync, statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Binary, MongoClient } from 'mongodb';
import { ScramConversation, scramCredentials, ScramRefused } from '../../src/embedded-store/commands/scram.js';
import { type EmbeddedStore, startEmbeddedStore } from '../../src/embedded-store/index.js';
import { errorOf, temporaryDirectory } from '../store/support.js';

let directory: string;
let store: EmbeddedStore;

beforeAll(async () => {
  directory = temporaryDirectory();
  store = await startEmbeddedStore({ directory, sameThread: true, port: 0 });
});

afterAll(async () => {
  await store.close();
  rmSync(directory, { recursive: true });
});

async function withClient<T>(uri: string, work: (client: MongoClient) => Promise<T>): Promise<T> {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 2000 });
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

const withoutPassword = () => store.portUri!.replace(/\/\/[^@]+@/, '//').replace(/&authMechanism=.*/, '');

describe('the store on a port', () => {
  it('serves a client that knows the password, with sessions and transactions', async () => {
    const found = await withClient(store.portUri!, async (client) => {
      const things = client.db('shop').collection<{ _id: number }>('things');
      await client.withSession((session) => session.withTransaction(() => things.insertOne({ _id: 1 }, { session })));
      return things.findOne();
    });
    expect(found).toEqual({ _id: 1 });
    expect(await withClient(store.uri, (client) => client.db('shop').collection('things').countDocuments())).toBe(1);
  });

  it('says who is there', async () => {
    const { authInfo } = await withClient(store.portUri!, (client) => client.db().command({ connectionStatus: 1 }));
    expect(authInfo.authenticatedUsers).toEqual([{ user: 'latchkey', db: 'admin' }]);
  });

  it.each([
    { find: 'things' },
    { insert: 'things', documents: [{}] },
    { listDatabases: 1 },
    { getParameter: '*' },
    { endSessions: [] },
    { latchkeyCopy: 1 },
    { dropDatabase: 1 },
  ])('refuses %j without the password', async (command) => {
    const { code } = await withClient(withoutPassword(), (client) => errorOf(client.db('shop').command(command)));
    expect(code).toBe(13);
  });

  it('answers hello, ping and buildInfo without it, and tells nothing of the data', async () => {
    await withClient(withoutPassword(), async (client) => {
      for (const command of ['hello', 'ping', 'buildInfo', 'connectionStatus']) {
        expect(await client.db('admin').command({ [command]: 1 })).toMatchObject({ ok: 1 });
      }
    });
  });

  it.each([
    ['a wrong password', (uri: string) => uri.replace(/:[^:@]+@/, ':wrong@')],
    ['another user', (uri: string) => uri.replace('//latchkey:', '//root:')],
    ['another database', (uri: string) => uri.replace('/?', '/other?')],
    ['SHA-1', (uri: string) => uri.replace('SHA-256', 'SHA-1')],
  ])('refuses %s', async (_, change) => {
    const error = await withClient(change(store.portUri!), (client) => errorOf(client.db().command({ ping: 1 })));
    expect([18, 334]).toContain(error['code']);
  });

  it('starts no proof anew in the middle, and takes none twice', async () => {
    await withClient(withoutPassword() + '&maxPoolSize=1', async (client) => {
      const admin = client.db('admin');
      const next = (payload: string) =>
        errorOf(admin.command({ saslContinue: 1, conversationId: 1, payload: new Binary(Buffer.from(payload)) }));
      expect(await next('')).toMatchObject({ code: 17 });
      await admin.command({
        saslStart: 1,
        mechanism: 'SCRAM-SHA-256',
        payload: new Binary(Buffer.from('n,,n=latchkey,r=abc')),
      });
      expect(await next('')).toMatchObject({ code: 18 });
      expect(await next('')).toMatchObject({ code: 17 });
      expect(await errorOf(client.db('shop').command({ count: 'things' }))).toMatchObject({ code: 13 });
    });
  });

  it('writes copies for clients on the private socket only', async () => {
    const command = { latchkeyCopy: 1 };
    expect(await withClient(store.portUri!, (client) => errorOf(client.db('admin').command(command)))).toMatchObject({
      code: 13,
    });
    const { path } = await withClient(store.uri, (client) => client.db('admin').command(command));
    expect(path.startsWith(directory)).toBe(true);
    expect(statSync(`${path}/data.mdb`).mode & 0o777).toBe(0o600);
    expect(statSync(path).mode & 0o777).toBe(0o700);
  });
});

describe('ScramConversation', () => {
  const hmac = (key: Buffer, text: string) => createHmac('sha256', key).update(text).digest();

  /** The client's side, by RFC 5802 §3. */
  function clientFinal(password: string, clientFirstBare: string, serverFirst: string, binding = 'biws'): string {
    const { r, s, i } = Object.fromEntries(serverFirst.split(',').map((part) => [part[0], part.slice(2)]));
    const salted = pbkdf2Sync(password, Buffer.from(s ?? '', 'base64'), Number(i), 32, 'sha256');
    const clientKey = hmac(salted, 'Client Key');
    const withoutProof = `c=${binding},r=${r}`;
    const message = `${clientFirstBare},${serverFirst},${withoutProof}`;
    const signature = hmac(createHash('sha256').update(clientKey).digest(), message);
    return `${withoutProof},p=${Buffer.from(clientKey.map((byte, n) => byte ^ signature[n]!)).toString('base64')}`;
  }

  const credentials = scramCredentials('pencil');
  const bare = 'n=latchkey,r=rOprNGfwEbeRWgbNEkqO';

  it('takes the right proof and signs back', () => {
    const server = new ScramConversation(credentials, `n,,${bare}`);
    expect(server.finish(clientFinal('pencil', bare, server.serverFirst))).toMatch(/^v=[\w+/]{43}=$/);
  });

  it.each([
    ['a wrong password', (first: string) => clientFinal('pen', bare, first)],
    ['another channel binding', (first: string) => clientFinal('pencil', bare, first, 'eSws')],
    ['a nonce of its own', (first: string) => clientFinal('pencil', bare, first.replace(/^r=[^,]+/, 'r=mine'))],
    ['a longer proof', (first: string) => clientFinal('pencil', bare, first).replace(/=$/, '') + 'AAAA'],
    ['no proof', () => 'c=biws,r=x,p='],
  ])('refuses %s', (_, final) => {
    const server = new ScramConversation(credentials, `n,,${bare}`);
    expect(() => server.finish(final(server.serverFirst))).toThrow(ScramRefused);
  });

  it.each(['', 'n,,', 'y,,n=latchkey,r=a', 'p=tls-unique,,n=latchkey,r=a', 'n,,n=latchkey,r=', 'n,,n=latchkey,r=a,b'])(
    'does not understand %j',
    (first) => expect(() => new ScramConversation(credentials, first)).toThrow(ScramRefused),
  );
});
