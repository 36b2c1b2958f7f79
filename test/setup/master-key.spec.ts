import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getConnectionToken } from '@nestjs/mongoose';
import { Binary, ObjectId, type Db, type Document } from 'mongodb';
import type { Connection, Schema } from 'mongoose';
import { Secret, TOTP } from 'otpauth';
import { VerifyService } from '../../src/audit/verify.service.js';
import { AuditService } from '../../src/audit/audit.service.js';
import { MasterKey } from '../../src/crypto/sealing.js';
import type { App } from '../../src/apps/app.model.js';
import { SecretsService } from '../../src/secrets/secrets.service.js';
import { checkMasterKey, MasterKeyChanging, MasterKeyMismatch } from '../../src/setup/master-key-check.js';
import { nameOf, rotateMasterKey } from '../../src/setup/master-key-rotation.js';
import { SEALED_FIELDS } from '../../src/setup/sealed-fields.js';
import { PUSH } from '../../src/shared-signals/event-types.js';
import { StreamsService } from '../../src/shared-signals/streams.service.js';
import { makeAdmin, nobody, type AdminClient } from '../support/admin-client.js';
import type { Tokens } from '../support/client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';

const PASSWORD = 'correct horse';
const NAMES = new Set(SEALED_FIELDS.map(nameOf));

const codeOf = (secret: string, timestamp: number) =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp });
const newKey = () => new MasterKey(randomBytes(32));

let server: TestServer;
let connection: Connection;
let db: Db;
let app: App;
let confirming: App;
let admin: AdminClient;
/** With a second factor. */
let guarded: AdminClient;
let factor: string;
let ada: Tokens;

beforeAll(async () => {
  server = await createTestServer();
  connection = server.server.app.get<Connection>(getConnectionToken());
  db = connection.db!;
  // Something of everything that is sealed: users, a registration and its mail, an administrator, a secret, a pushed stream; the
  // rest by itself.
  app = await server.make.app();
  confirming = await server.make.app({ providers: [{ type: 'local-userpass', settings: { config: {} } }] });
  admin = await makeAdmin(server);
  await (await makeAdmin(server)).post('/auth/totp', {});
  guarded = await makeAdmin(server);
  factor = String((await guarded.post('/auth/totp', {})).body['secret']);
  await guarded.post('/auth/totp', { totp: codeOf(factor, Date.now()) });
  ada = await server.client(app).enter('ada@example.com', PASSWORD);
  await Promise.all([1, 2, 3].map((i) => server.client(app).enter(`user${i}@example.com`, PASSWORD)));
  await server.client(confirming).register({ email: 'eve@example.com', password: PASSWORD });
  await server.get(SecretsService).create(app, { name: 'hook', value: 'the value' });
  await server.get(StreamsService).create(app, new ObjectId(), {
    delivery: { method: PUSH, endpointUrl: 'https://receiver.example.com/', authorization: 'Bearer secret' },
  });
  await server.get(AuditService).flush();
});
afterAll(() => server.stop());

/** Every value of bytes in the database, by where it is. */
async function bytesInDatabase(): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const { name } of await db.listCollections().toArray()) {
    for (const document of await db.collection(name).find().toArray()) {
      for (const [path, value] of bytesIn(document)) found.set(`${name} ${String(document['_id'])} ${path}`, value);
    }
  }
  return found;
}

function bytesIn(value: unknown, path = ''): [string, string][] {
  if (value instanceof Binary) return [[path, value.toString('hex')]];
  if (typeof value !== 'object' || value === null || value instanceof ObjectId || value instanceof Date) return [];
  return Object.entries(value as Document).flatMap(([name, inner]) => bytesIn(inner, path ? `${path}.${name}` : name));
}

/** `users … identities.0.sealedSecret` as the list has it: `users.identities.sealedSecret` */
function fieldOf(place: string): string {
  const [collection, , path] = place.split(' ') as [string, string, string];
  return `${collection}.${path.replace(/\.\d+/g, '')}`;
}

function bufferPaths(schema: Schema, collection: string, prefix = ''): string[] {
  return Object.entries(schema.paths).flatMap(([path, type]) => {
    if (type.schema) return bufferPaths(type.schema, collection, `${prefix}${path}.`);
    return type.instance === 'Buffer' ? [`${collection}.${prefix}${path}`] : [];
  });
}

describe('the list of sealed fields', () => {
  it('has every field of bytes of every model, but for hashes', () => {
    const fields = Object.values(connection.models).flatMap(({ schema, collection }) =>
      bufferPaths(schema, collection.collectionName),
    );
    const sealed = fields.filter((name) => !name.endsWith('Hash'));
    // The two keys in `setup` have no model, and a second factor is one field of any kind.
    const others = ['setup.sealedKey', 'administrators.totp.sealedSecret', 'administrators.pendingTotp.sealedSecret'];
    expect(new Set([...sealed, ...others])).toEqual(NAMES);
  });

  it('is for all places that seal: a new one belongs into src/setup/sealed-fields.ts, and then here', () => {
    const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
      .map((file) => file.replaceAll('\\', '/'))
      .filter((file) => file.endsWith('.ts') && !file.startsWith('embedded-store/'));
    const seals = sources.filter((file) => /\.(seal|hashAndSeal)\(/.test(readFileSync(join('src', file), 'utf8')));
    expect(seals.sort()).toEqual([
      'admin/auth/admin-tokens.service.ts',
      'admin/auth/second-factor.service.ts',
      'apps/apps.service.ts',
      'crypto/passwords/password-hasher.ts',
      'mail/outbox.service.ts',
      'providers/local-userpass/sealed-passwords.ts',
      'secrets/secrets.service.ts',
      'setup/master-key-rotation.ts',
      'shared-signals/streams.service.ts',
      'signing-keys/signing-keys.service.ts',
    ]);
  });
});

describe('a change of the master key', () => {
  const next = newKey();

  it('is refused with a key that does not fit, and changes nothing', async () => {
    const before = await bytesInDatabase();
    await expect(rotateMasterKey(db, { from: newKey(), to: newKey() })).rejects.toThrow(MasterKeyMismatch);
    expect(await bytesInDatabase()).toEqual(before);
    await checkMasterKey(connection, server.masterKey);
  });

  it('that was interrupted keeps servers from starting, takes no third key, and goes on where it was', async () => {
    const before = await bytesInDatabase();
    const stop = (field: string, done: number) => {
      if (field.startsWith('signing_keys') && done > 0) throw new Error('the power went');
    };
    const keys = { from: server.masterKey, to: next };
    await expect(rotateMasterKey(db, keys, { progress: stop })).rejects.toThrow('the power went');
    for (const key of [server.masterKey, next]) {
      await expect(checkMasterKey(connection, key)).rejects.toThrow(MasterKeyChanging);
    }
    await expect(rotateMasterKey(db, { ...keys, to: newKey() })).rejects.toThrow('finish it with that key first');
    const { resealed, unopened, wasDone } = await rotateMasterKey(db, keys);
    expect([wasDone, unopened.size]).toEqual([false, 0]);
    const after = await bytesInDatabase();
    const changed = [...before].filter(([place, value]) => after.get(place) !== value).map(([place]) => place);
    const hashes = [...before.keys()].filter((place) => place.endsWith('Hash'));
    expect(new Set(changed)).toEqual(new Set([...before.keys()].filter((place) => !hashes.includes(place))));
    // Each kind was there to be changed, and the first run did its part.
    expect(new Set(changed.map(fieldOf))).toEqual(NAMES);
    expect(resealed).toBeGreaterThan(0);
    expect(resealed).toBeLessThan(changed.length);
  });

  it('that is done is done: again, it says so; the old key fits no more', async () => {
    const before = await bytesInDatabase();
    const again = await rotateMasterKey(db, { from: server.masterKey, to: next });
    expect(again).toEqual({ wasDone: true, resealed: 0, unopened: new Map() });
    expect(await bytesInDatabase()).toEqual(before);
    await expect(checkMasterKey(connection, server.masterKey)).rejects.toThrow(/whose master key was changed on 20/);
  });

  it('loses nothing: passwords, tokens, keys, secrets, mails and the audit trail are what they were', async () => {
    const now = await createTestServer({ sharing: server, masterKey: next });
    try {
      const client = now.client(app);
      expect((await client.profile(ada.accessToken)).status).toBe(200);
      expect((await client.refresh(ada.refreshToken)).status).toBe(201);
      const login = await client.login('local-userpass', { username: 'ada@example.com', password: PASSWORD });
      expect(login.status).toBe(200);
      expect((await client.profile(login.body.access_token)).status).toBe(200);
      const wrong = await client.login('local-userpass', { username: 'ada@example.com', password: 'wrong' });
      expect(wrong.body.error_code).toBe('InvalidPassword');
      expect(await now.get(SecretsService).findValue(app, 'hook')).toBe('the value');
      const [stream] = await now.get(StreamsService).listOf(app);
      expect(now.get(StreamsService).authorizationOf(stream!)).toBe('Bearer secret');
      const { groupId, email, password } = admin.account;
      const fresh = nobody(now, groupId);
      const entered = await fresh.login('local-userpass', { username: email, password });
      expect(entered.status).toBe(200);
      const { email: username } = guarded.account;
      // The code of the next 30 seconds: the one of these may be used up.
      const totp = codeOf(factor, Date.now() + 30_000);
      expect((await fresh.login('local-userpass', { username, password, totp })).status).toBe(200);
      // An administrator's token from before, and a mail.
      fresh.accessToken = admin.accessToken;
      const inbox = await fresh.get(`${fresh.app(confirming)}/inbox`);
      const [mail] = JSON.parse(inbox.text) as { _id: string }[];
      expect((await fresh.get(`${fresh.app(confirming)}/inbox/${mail!._id}`)).text).toContain('token=');
      await now.get(AuditService).flush();
      const verdict = await now.get(VerifyService).verify(app._id);
      expect(verdict.problems).toEqual([]);
      expect(verdict.entries).toBeGreaterThan(4);
    } finally {
      await now.stop();
    }
  });

  it('says which values nobody can open, and leaves them', async () => {
    const { insertedId } = await db
      .collection('secrets')
      .insertOne({ app: app._id, name: 'broken', sealedValue: randomBytes(60), version: 1, createdAt: new Date() });
    const third = newKey();
    const { unopened } = await rotateMasterKey(db, { from: next, to: third });
    expect([...unopened]).toEqual([['secrets.sealedValue', [insertedId.toHexString()]]]);
    await checkMasterKey(connection, third);
    // The trail's key came through a second change as well.
    expect((await new VerifyService(model('AuditChain'), model('AuditEvent'), third).verify(app._id)).problems).toEqual(
      [],
    );
  });

  function model(name: string): never {
    return connection.models[name] as never;
  }
});
