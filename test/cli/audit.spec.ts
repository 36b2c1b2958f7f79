import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { run } from '../../src/cli/program.js';
import { DEFAULT_DATABASE } from '../../src/config/database-name.js';
import { openStore, type Store } from '../../src/database/open-store.js';

const LATCHKEY_MASTER_KEY = randomBytes(32).toString('base64');

let dir: string;
let store: Store;
let client: MongoClient;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'latchkey-cli-'));
  store = await openStore({ mongodbUri: undefined, dataDir: join(dir, 'data') }, { sameThread: true });
  client = new MongoClient(store.uri);
});

afterAll(async () => {
  await client.close();
  await store.close();
  rmSync(dir, { recursive: true });
});

async function latchkey(line: string): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const code = await run(line.split(' '), {
    env: { MONGODB_URI: store.uri, LATCHKEY_MASTER_KEY },
    out: (text) => (out += text),
    err: (text) => (err += text),
    newPassword: () => Promise.resolve('correct horse'),
  });
  return { code, out, err };
}

describe('latchkey audit verify', () => {
  it('finds what commands recorded whole, and says what was changed or taken away', async () => {
    const made = await latchkey('app create shop --provider local-userpass --client-app-id shop --json');
    expect(made.code).toBe(0);
    for (const line of [
      'admin create boss@example.com',
      'users create a@example.com --app shop',
      'users disable a@example.com --app shop',
      'users enable a@example.com --app shop',
      'users revoke a@example.com --app shop',
    ]) {
      expect(await latchkey(line)).toMatchObject({ code: 0 });
    }
    const events = client.db(DEFAULT_DATABASE).collection('audit_events');
    const inApp = await events.find({ app: { $exists: true } }, { sort: { seq: 1 } }).toArray();
    expect(inApp.map(({ type }) => String(type))).toEqual([
      'user.create',
      'user.disable',
      'user.enable',
      'user.sessions_revoke',
    ]);
    expect(inApp[0]).toMatchObject({ actor: { kind: 'command_line' }, user: expect.stringMatching(/^[0-9a-f]{24}$/) });
    const inGroup = await events.find({ app: { $exists: false } }, { sort: { seq: 1 } }).toArray();
    expect(inGroup.map(({ type }) => String(type))).toEqual(['app.create', 'administrator.create']);

    const listed = await latchkey('audit list --app shop --limit 2');
    expect(listed.out).toMatch(
      /^DATE +TYPE +OUTCOME +BY +USER +FROM\n\S+ +user\.sessions_revoke +ok .*\n\S+ +user\.enable +ok /,
    );
    expect(listed.err).toBe('There may be more: --limit shows them.\n');
    const { out } = await latchkey('audit list --app shop --type user.create --json');
    expect(JSON.parse(out)).toMatchObject([{ type: 'user.create', actor: { kind: 'command_line' }, seq: 1 }]);
    expect((await latchkey('audit list --json --type app.create')).out).toContain('"app.create"');
    expect(await latchkey('audit list --app nowhere')).toMatchObject({ code: 1, out: '' });
    expect(await latchkey('audit list --limit none')).toMatchObject({ code: 2, out: '' });

    const whole = await latchkey('audit verify --json');
    expect(whole).toMatchObject({ code: 0, err: '' });
    const trails = JSON.parse(whole.out) as Record<string, unknown>[];
    expect(trails).toHaveLength(2);
    expect(trails[0]).toMatchObject({ kind: 'group', ok: true, entries: 2, problems: [] });
    expect(trails[1]).toMatchObject({ kind: 'app', name: 'shop', ok: true, entries: 4, seq: 4 });
    expect((await latchkey('audit verify')).out).toMatch(/app +shop +4 +ok/);

    await events.updateOne({ _id: inApp[1]!._id }, { $set: { type: 'user.enable' } });
    await events.deleteOne({ _id: inApp[2]!._id });
    await events.deleteOne({ _id: inGroup[1]!._id });
    const damaged = await latchkey('audit verify');
    expect(damaged.code).toBe(1);
    expect(damaged.out).toMatch(/shop +3 +2 changed; 3 missing/);
    expect(damaged.out).toMatch(/group .* 1 +2 missing/);
    expect(damaged.err).toBe('latchkey: 2 of 2 audit trails are not as they were written\n');
    const asJson = await latchkey('audit verify --json');
    expect(asJson.code).toBe(1);
    expect(JSON.parse(asJson.out)).toMatchObject([
      { ok: false },
      { ok: false, problems: [{ kind: 'changed', from: 2 }, {}] },
    ]);
  });
});
