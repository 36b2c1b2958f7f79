import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../support/client.js';
import { CLIENT_PATH } from '../support/client.js';
import { createTestServer } from '../support/create-test-server.js';
import type { TestServer } from '../support/create-test-server.js';
import { expectClientError, expectError, expectJson } from '../support/expect-answer.js';

let server: TestServer;
let client: ApiClient;
beforeAll(async () => {
  server = await createTestServer();
});
beforeAll(async () => {
  client = server.client(await server.make.app());
});
afterAll(async () => {
  // Whatever came before, the server still serves.
  expectJson(await client.login('anon-user'), 200);
  await server.stop();
});

/** Every type of BSON and JSON that is no string, and what Extended JSON makes of them. */
const NOT_STRINGS: [string, unknown][] = [
  ['null', null],
  ['true', true],
  ['a number', 1],
  ['a fraction', 1.5],
  ['a list', []],
  ['a list with a string', ['a@example.com']],
  ['an object', {}],
  ['an operator', { $ne: '' }],
  ['a comparison', { $gt: '' }],
  ['a pattern', { $regex: '.*' }],
  ['code in a filter', { $where: 'sleep(5000)' }],
  ['a list operator', { $in: ['a@example.com'] }],
  ['$numberInt', { $numberInt: '1' }],
  ['$numberLong', { $numberLong: '1' }],
  ['$numberDouble', { $numberDouble: 'NaN' }],
  ['$numberDecimal', { $numberDecimal: '1.5' }],
  ['$oid', { $oid: '5f0c00000000000000000001' }],
  ['a wrong $oid', { $oid: 'x' }],
  ['an $oid of another type', { $oid: { $oid: 1 } }],
  ['$date', { $date: { $numberLong: '0' } }],
  ['a wrong $date', { $date: 'yesterday' }],
  ['$binary', { $binary: { base64: 'AAAA', subType: '00' } }],
  ['a wrong $binary', { $binary: 7 }],
  ['$uuid', { $uuid: '5c1a7c1e-6a52-4d3c-9a55-0d2b4c0ad9f1' }],
  ['a wrong $uuid', { $uuid: 'x' }],
  ['$regularExpression', { $regularExpression: { pattern: '(a+)+$', options: '' } }],
  ['$timestamp', { $timestamp: { t: 1, i: 1 } }],
  ['$symbol', { $symbol: 'a@example.com' }],
  ['$code', { $code: 'while(1){}' }],
  ['$code with a scope', { $code: 'f()', $scope: {} }],
  ['$dbPointer', { $dbPointer: { $ref: 'users', $id: { $oid: '5f0c00000000000000000001' } } }],
  ['$ref', { $ref: 'users', $id: { $oid: '5f0c00000000000000000001' } }],
  ['$minKey', { $minKey: 1 }],
  ['$maxKey', { $maxKey: 1 }],
  ['$undefined', { $undefined: true }],
  ['an object that claims to be a string', { toString: 'x', length: 10, normalize: 'x' }],
];

const FIELDS: [string, (value: unknown) => ReturnType<ApiClient['login']>][] = [
  ['username at login', (value) => client.login('local-userpass', { username: value, password: 'secret1' })],
  ['password at login', (value) => client.login('local-userpass', { username: 'a@example.com', password: value })],
  ['email at register', (value) => client.register({ email: value, password: 'secret1' })],
  ['password at register', (value) => client.register({ email: 'wrong-type@example.com', password: value })],
];

describe.each(FIELDS)('%s', (_field, send) => {
  it.each(NOT_STRINGS)('may not be %s', async (_what, value) => {
    expectClientError(await send(value));
  });

  it('may not be missing', async () => {
    expectClientError(await send(undefined));
  });

  it.each([
    ['half of a surrogate pair', '"\\ud800"'],
    ['a text that looks like JSON', '"{\\"$ne\\":null}"'],
    ['thousands of letters', JSON.stringify('x'.repeat(60_000))],
    ['thousands of signs', JSON.stringify('@'.repeat(60_000))],
  ])('may not be %s', async (_what, text) => {
    const answer = await send(JSON.parse(text));
    expect(answer.status).toBeLessThan(500);
    if (answer.status !== 201) expectClientError(answer);
  });
});

it('makes no account of what is no address', async () => {
  for (const username of [
    'wrong-type@example.com',
    'null',
    '1',
    'true',
    '[object Object]',
    '5f0c00000000000000000001',
  ]) {
    expectClientError(await client.login('local-userpass', { username, password: 'secret1' }));
  }
});

describe('a body', () => {
  const doors: [string, (body: unknown) => ReturnType<ApiClient['login']>][] = [
    ['login', (body) => client.login('local-userpass', body)],
    ['anonymous login', (body) => client.login('anon-user', body)],
    ['register', (body) => client.register(body)],
  ];

  it.each([
    '{',
    '{"a":}',
    '{"username":"a@b.c" "password":"x"}',
    "{'a':1}",
    '{"a":1,}',
    '[1,',
    '"',
    'undefined',
    'NaN',
    '\uFEFF\uFEFF{}',
    '{}{}',
    '\u0000',
  ])('that is no JSON is 400: %j', async (text) => {
    for (const [, send] of doors) expectError(await send(text), { status: 400, code: 'BadRequest' });
  });

  it.each([
    ['a lone continuation byte', [0x80]],
    ['a cut sequence', [0xc3]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['an encoded surrogate', [0xed, 0xa0, 0x80]],
    ['beyond Unicode', [0xf5, 0x80, 0x80, 0x80]],
  ])('that is no UTF-8 is 400: %s', async (_what, bytes) => {
    const body = Buffer.concat([
      Buffer.from('{"email":"a'),
      Buffer.from(bytes),
      Buffer.from('@b.c","password":"secret1"}'),
    ]);
    expectError(await client.register(body), { status: 400, code: 'BadRequest' });
    expectError(await client.login('anon-user', body), { status: 400, code: 'BadRequest' });
  });

  it.each(['null', '[]', '1', 'true', '"text"', '[{"username":"a@b.c","password":"secret1"}]', '{}', ' '])(
    'without the credentials is refused: %j',
    async (text) => {
      expectClientError(await client.login('local-userpass', text));
      expectClientError(await client.register(text));
    },
  );

  it('that is missing is refused', async () => {
    expectClientError(await client.login('local-userpass', undefined));
    expectClientError(await client.register(undefined));
  });

  it.each([
    ['objects', '{"a":', '1', '}'],
    ['lists', '[', '', ']'],
  ])('with thousands of nested %s is 400', async (_what, open, inner, close) => {
    const nested = `{"x":${open.repeat(5_000)}${inner}${close.repeat(5_000)}}`;
    for (const [, send] of doors) expectError(await send(nested), { status: 400, code: 'BadRequest' });
    expectError(await client.login('anon-user', `{"options":${nested}}`), { status: 400, code: 'BadRequest' });
  });

  it('with thousands of keys is 400', async () => {
    const keys = Object.fromEntries(Array.from({ length: 3_000 }, (_, index) => [`k${index}`, 1]));
    expectError(await client.login('anon-user', keys), { status: 400, code: 'BadRequest' });
  });

  it.each(['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString', '$set', 'a.b', ''])(
    'may have a key called %j, which does nothing',
    async (key) => {
      const extra = `${JSON.stringify(key)}:{"isAdmin":true,"prototype":{"isAdmin":true}}`;
      const answer = await client.login('anon-user', `{${extra},"options":{${extra},"device":{${extra}}}}`);
      expect(answer.status).toBeLessThan(500);
      expect(({} as Record<string, unknown>).isAdmin).toBeUndefined();
      expectClientError(await client.login('local-userpass', `{${extra}}`));
    },
  );

  it('cannot bring the credentials by way of a prototype', async () => {
    const text = '{"__proto__":{"email":"proto@example.com","password":"secret1"}}';
    expectClientError(await client.register(text));
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
    'text/json',
    'application/jsonx',
    'garbage',
    '*/*',
  ])('of type %s is 415', async (contentType) => {
    for (const send of [
      client.login('local-userpass', '{"username":"a@b.c"}', { contentType }),
      client.register('{}', { contentType }),
    ]) {
      expectError(await send, { status: 415, code: 'UnsupportedMediaType' });
    }
  });

  it('without a type is refused', async () => {
    expectClientError(await client.register('{"email":"a@b.c","password":"secret1"}', { contentType: null }));
  });
});

describe('unknown', () => {
  it.each([
    'nobody',
    'oauth2-google',
    '__proto__',
    'constructor',
    'toString',
    'anon-user%20',
    'ANON-USER',
    'anon',
    '%00',
    'ä',
  ])('provider %s is refused by its name', async (name) => {
    const answer = await client.login(name);
    expectError(answer, { status: 404, code: 'AuthProviderNotFound' });
    expect(answer.body.error).toBe(`authentication via '${decodeURIComponent(name)}' is unsupported`);
  });

  it.each([
    ['GET', '/nothing'],
    ['GET', '/api'],
    ['GET', CLIENT_PATH],
    ['GET', `${CLIENT_PATH}/app`],
    ['POST', `${CLIENT_PATH}/auth`],
    ['GET', '/api/client/v9.0/auth/profile'],
    ['GET', `${CLIENT_PATH}/auth/profile/extra`],
    ['GET', '/%2e%2e/%2e%2e/etc/passwd'],
    ['GET', `/${'x'.repeat(500)}`],
  ])('%s %s is 404', async (method, path) => {
    expectError(await client.request(method, path), { status: 404, code: 'NotFound' });
  });

  it.each([
    ['GET', (c: ApiClient) => `${c.appPath}/auth/providers/local-userpass/register`],
    ['PUT', (c: ApiClient) => `${c.appPath}/auth/providers/anon-user/login`],
    ['DELETE', (c: ApiClient) => `${c.appPath}/location`],
    ['PATCH', (_c: ApiClient) => `${CLIENT_PATH}/auth/session`],
    ['POST', (_c: ApiClient) => `${CLIENT_PATH}/auth/profile`],
    ['GET', (_c: ApiClient) => `${CLIENT_PATH}/auth/delete`],
  ])('method %s of a route that has others is 405', async (method, path) => {
    expectError(await client.request(method, path(client)), { status: 405, code: 'MethodNotAllowed' });
  });
});

it('answers at its root, where harnesses look first', async () => {
  for (const method of ['GET', 'HEAD']) {
    expect((await client.request(method, '/')).status).toBe(200);
  }
});
