import { createHmac } from 'node:crypto';
import { Injectable, Module } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ObjectId } from 'mongodb';
import type { App } from '../../src/apps/app.model.js';
import { FunctionRecordsService, type WantedFunction } from '../../src/functions/function-records.service.js';
import { FunctionFailed, FunctionMissing } from '../../src/functions/functions.errors.js';
import { FunctionsService, type FunctionReference } from '../../src/functions/functions.service.js';
import { AuthFunction, FunctionRefused, FunctionRegistry, type FunctionCall } from '../../src/index.js';
import { SecretsService } from '../../src/secrets/secrets.service.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { TestWebhook } from '../support/loopback.js';

@Injectable()
class Registered extends AuthFunction {
  readonly name = 'registered';
  override async run({ clientAppId, arguments: [first] }: FunctionCall): Promise<unknown> {
    if (first === 'refuse') throw new FunctionRefused('not today');
    if (first === 'break') throw new TypeError('secret detail');
    if (first === 'hang') return new Promise(() => undefined);
    return { clientAppId, first };
  }
}

@Module({ providers: [Registered] })
class RegisteredModule {
  constructor(registry: FunctionRegistry, made: Registered) {
    registry.register(made);
    expect(() => registry.register(made)).toThrow("function 'registered' is taken: Registered and Registered");
  }
}

const SECRET = 'what signs the calls';

let server: TestServer;
let hook: TestWebhook;
let app: App;
beforeAll(async () => {
  server = await createTestServer({ modules: [RegisteredModule] });
  hook = await TestWebhook.start();
  app = await server.make.app();
  await server.get(SecretsService).create(app, { name: 'signs', value: SECRET });
  await define({ name: 'login', webhookUrl: hook.url, secret: 'signs' });
});
afterAll(async () => {
  await hook.stop();
  await server.stop();
});
beforeEach(() => {
  hook.calls.length = 0;
});

const define = (wanted: Omit<WantedFunction, 'rest'>, of = app) =>
  server.get(FunctionRecordsService).create(of, { ...wanted, rest: {} });
const call = (wanted: string | FunctionReference, args: unknown[] = [], of = app): Promise<unknown> =>
  server.get(FunctionsService).call(of, wanted, args);
type Failure = Error & { cause?: Error; reason?: string };
const failureOf = async (calling: Promise<unknown>): Promise<Failure> => {
  try {
    await calling;
  } catch (error) {
    return error as Failure;
  }
  throw new Error('nothing was thrown');
};

describe('a webhook', () => {
  it('gets the arguments as canonical Extended JSON, signed, and its answer is the value', async () => {
    hook.says({ id: 'ada', n: { $numberInt: '7' }, at: { $date: { $numberLong: '0' } } });
    const id = new ObjectId();
    const before = Math.floor(Date.now() / 1_000);
    expect(await call('login', [{ id, n: 1, text: 'grüße' }, 0.5])).toEqual({ id: 'ada', n: 7, at: new Date(0) });
    const { headers, text, body } = hook.calls[0]!;
    expect(body).toEqual({
      app: app.clientAppId,
      function: 'login',
      arguments: [{ id: { $oid: id.toHexString() }, n: { $numberInt: '1' }, text: 'grüße' }, { $numberDouble: '0.5' }],
    });
    expect(headers['content-type']).toBe('application/json');
    const timestamp = String(headers['latchkey-timestamp']);
    expect(Number(timestamp)).toBeGreaterThanOrEqual(before);
    expect(Number(timestamp)).toBeLessThanOrEqual(Date.now() / 1_000);
    const expected = createHmac('sha256', SECRET).update(`${timestamp}.${text}`).digest('hex');
    expect(headers['latchkey-signature']).toBe(expected);
  });

  it('may answer with nothing, a text or a number', async () => {
    for (const [sent, value] of [
      ['', undefined],
      ['"ada"', 'ada'],
      ['0', 0],
      ['null', null],
    ] as const) {
      hook.says(sent);
      expect(await call('login')).toBe(value);
    }
  });

  it.each([400, 401, 403, 422])('says no by %i, in its own words where it has some', async (status) => {
    hook.says({ error: 'x'.repeat(300) }, status);
    const refusal = await failureOf(call('login'));
    expect(refusal).toBeInstanceOf(FunctionRefused);
    expect(refusal.message).toBe('x'.repeat(256));
    for (const silent of ['', '{', { error: '' }, { error: { a: 1 } }]) {
      hook.says(silent, status);
      expect((await failureOf(call('login'))).message).toBe('unauthorized');
    }
  });

  it.each<[string, () => void, string]>([
    ['an error of its own', () => hook.says({ error: 'secret detail' }, 500), 'it answered with status 500'],
    ['a redirect', () => hook.says('', 302), 'it answered with status 302'],
    ['nothing found', () => hook.says('', 404), 'it answered with status 404'],
    ['no JSON', () => hook.says('<html>'), 'its answer is no JSON'],
    ['a deep answer', () => hook.says('['.repeat(40) + ']'.repeat(40)), 'its answer is no JSON'],
    ['a long answer', () => hook.says(JSON.stringify('x'.repeat(65_536))), 'the answer is longer than 65536 bytes'],
    ['a broken connection', () => (hook.answer = (_c, r) => r.destroy()), 'no connection: ECONNRESET'],
  ])('fails by %s', async (_what, prepare, reason) => {
    prepare();
    const failure = await failureOf(call('login'));
    expect(failure).toBeInstanceOf(FunctionFailed);
    expect(failure.message).toBe('a function that is needed for this did not answer as it should');
    expect(failure.cause?.message).toBe(reason);
    expect(hook.calls).toHaveLength(1);
  });

  it('fails by silence, as a registered one does', async () => {
    hook.answer = () => undefined;
    const service = server.get(FunctionsService);
    for (const [name, args] of [
      ['login', []],
      ['registered', ['hang']],
    ] as const) {
      expect((await failureOf(service.call(app, name, args, 50))).cause?.message).toBe('no answer within 50 ms');
    }
  });

  it('is not called with more than 64 KiB, nor without a secret', async () => {
    expect(await failureOf(call('login', ['x'.repeat(65_536)]))).toBeInstanceOf(FunctionRefused);
    await define({ name: 'unsigned', webhookUrl: hook.url });
    await define({ name: 'misspelled', webhookUrl: hook.url, secret: 'nowhere' });
    for (const name of ['unsigned', 'misspelled']) {
      const failure = await failureOf(call(name));
      expect([failure.constructor, failure.reason]).toEqual([
        FunctionMissing,
        'its webhook has no secret to sign with',
      ]);
    }
    expect(hook.calls).toEqual([]);
  });

  it('belongs to one app', async () => {
    const other = await server.make.app();
    expect(await failureOf(call('login', [], other))).toBeInstanceOf(FunctionMissing);
    const [{ _id } = { _id: new ObjectId() }] = await server.get(FunctionRecordsService).list(app);
    expect(await failureOf(call({ id: _id.toHexString() }, [], other))).toBeInstanceOf(FunctionMissing);
  });
});

describe('a function that a module registered', () => {
  it('is told the app and the arguments, and its answer is the value', async () => {
    expect(await call('registered', [1])).toEqual({ clientAppId: app.clientAppId, first: 1 });
  });

  it('says no in words for the client; what else it throws stays inside', async () => {
    expect((await failureOf(call('registered', ['refuse']))).message).toBe('not today');
    const failure = await failureOf(call('registered', ['break']));
    expect(failure).toBeInstanceOf(FunctionFailed);
    expect(failure.message).not.toContain('secret detail');
  });

  it('is found behind a record without webhook, and gives way to one with', async () => {
    const other = await server.make.app();
    const { _id } = await define({ name: 'registered' }, other);
    expect(await call('registered', [2], other)).toMatchObject({ first: 2 });
    expect(await call({ id: _id.toHexString() }, [3], other)).toMatchObject({ first: 3 });
    expect(await call({ name: '', id: _id.toHexString() }, [4], other)).toMatchObject({ first: 4 });
    await server.get(SecretsService).create(other, { name: 'signs', value: SECRET });
    const wanted = { name: 'registered', webhookUrl: hook.url, secret: 'signs', rest: {} };
    await server.get(FunctionRecordsService).replace(other, _id, wanted);
    hook.says('"by webhook"');
    expect(await call({ name: 'registered', id: 'x' }, [], other)).toBe('by webhook');
  });

  it.each<[string, string | FunctionReference]>([
    ['no name', {}],
    ['an unknown name', 'nothing'],
    ['an id that is none', { id: { $ne: null } as never }],
    ['the id of nothing', { id: 'f'.repeat(24) }],
    ['a name of prototypes', 'constructor'],
  ])('is missing under %s', async (_what, wanted) => {
    expect(await failureOf(call(wanted))).toBeInstanceOf(FunctionMissing);
  });
});
