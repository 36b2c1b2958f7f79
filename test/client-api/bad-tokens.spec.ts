import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import type { JsonWebKey } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient, Tokens } from '../support/client.js';
import { createTestServer } from '../support/create-test-server.js';
import type { TestServer } from '../support/create-test-server.js';
import { expectError, expectJson } from '../support/expect-answer.js';
import { guardedRoutes, tokenOf } from '../support/guarded-routes.js';
import { claimsOf, encode, headerOf, withBrokenSignature, withClaims, withHeader } from '../support/tokens.js';
import type { Claims } from '../support/tokens.js';

const mine = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const myJwk = mine.publicKey.export({ format: 'jwk' });

let server: TestServer;
let client: ApiClient;
let tokens: Tokens;
let other: Tokens;
let serverKey: JsonWebKey;
beforeAll(async () => {
  server = await createTestServer();
});
beforeAll(async () => {
  client = server.client(await server.make.app());
  tokens = await client.enterAnonymously();
  other = await client.enterAnonymously();
  const { body } = await client.request('GET', `${client.appPath}/.well-known/jwks.json`);
  serverKey = (body.keys as JsonWebKey[])[0] as JsonWebKey;
});
afterAll(() => server.stop());

function signedByMe(token: string, header: Claims = {}, claims: Claims = {}): string {
  const signed = `${encode({ ...headerOf(token), alg: 'ES256', ...header })}.${encode({ ...claimsOf(token), ...claims })}`;
  const signature = sign('sha256', Buffer.from(signed), { key: mine.privateKey, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

function signedBySecret(token: string, secret: string | Buffer, header: Claims = {}): string {
  const signed = `${encode({ ...headerOf(token), alg: 'HS256', ...header })}.${token.split('.')[1]}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

const publicPem = () => createPublicKey({ key: serverKey, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
const withoutSignature = (token: string, alg: string) => withHeader(token, { alg }).replace(/[^.]*$/, '');

const FORGERIES: [string, (token: string, another: string) => string][] = [
  ['one bit changed', (token) => withBrokenSignature(token)],
  ['the signature of another token', (token, another) => token.replace(/[^.]*$/, another.split('.')[2] ?? '')],
  ['the claims of another user', (token, another) => withClaims(token, { sub: claimsOf(another).sub })],
  [
    'the session of another user',
    (token, another) => withClaims(token, { sid: claimsOf(another).sid, baas_id: claimsOf(another).baas_id }),
  ],
  ['a longer life', (token) => withClaims(token, { exp: 4_102_444_800 })],
  ['alg none', (token) => withoutSignature(token, 'none')],
  ['alg NoNe', (token) => withoutSignature(token, 'NoNe')],
  ['alg none with the old signature', (token) => withHeader(token, { alg: 'none' })],
  ['no alg', (token) => withHeader(token, { alg: undefined })],
  ['no signature', (token) => token.replace(/[^.]*$/, '')],
  ['a key of the forger', (token) => signedByMe(token)],
  ['a key of the forger in jwk', (token) => signedByMe(token, { jwk: myJwk })],
  ['a key of the forger behind jku', (token) => signedByMe(token, { jku: 'http://127.0.0.1:9/keys' })],
  ['a key of the forger behind x5u', (token) => signedByMe(token, { x5u: 'http://127.0.0.1:9/chain' })],
  ['a key of the forger in x5c', (token) => signedByMe(token, { x5c: ['AAAA'] })],
  ['an unknown kid', (token) => signedByMe(token, { kid: 'nobody' })],
  ['a kid that is a path', (token) => signedByMe(token, { kid: '../../../../dev/null' })],
  ['a kid that is an operator', (token) => signedByMe(token, { kid: { $ne: null } })],
  ['a kid that is a prototype', (token) => signedByMe(token, { kid: '__proto__' })],
  ['no kid', (token) => signedByMe(token, { kid: undefined })],
  ['a critical extension', (token) => withHeader(token, { crit: ['exp'], exp: 1 })],
  ['the public key as a secret', (token) => signedBySecret(token, publicPem())],
  ['the public key as a secret, without a kid', (token) => signedBySecret(token, publicPem(), { kid: undefined })],
  ['an empty secret', (token) => signedBySecret(token, '')],
  ['a guessed secret', (token) => signedBySecret(token, 'secret')],
  ['padding', (token) => `${token}=`],
  ['the standard alphabet', (token) => token.replace(/.$/, '/')],
  ['a fourth part', (token) => `${token}.${token.split('.')[0]}`],
  ['two parts', (token) => token.split('.').slice(0, 2).join('.')],
  ['an empty header', (token) => token.replace(/^[^.]*/, '')],
  ['a header that is a list', (token) => token.replace(/^[^.]*/, encode([]))],
  ['a header that is null', (token) => token.replace(/^[^.]*/, encode(null))],
  ['claims that are null', (token) => token.replace(/\.[^.]*\./, `.${encode(null)}.`)],
  ['claims that are no JSON', (token) => token.replace(/\.[^.]*\./, '.AAAA.')],
  ['only dots', () => '..'],
  ['one word', () => 'garbage'],
  ['an ObjectId', () => '5f0c00000000000000000001'],
  ['ten thousand letters', () => 'x'.repeat(10_000)],
];

describe.each(guardedRoutes)('$name', ({ kind, call, ownAnswer }) => {
  it.each(FORGERIES)('is refused with %s', async (_what, forge) => {
    const answer = await call(client, forge(tokenOf(tokens, kind), tokenOf(other, kind)));
    expectError(answer, { status: 401, code: ownAnswer ? null : 'InvalidSession' });
  });

  it.each([
    ['two tokens', (token: string) => `Bearer ${token} ${token}`],
    ['a list of tokens', (token: string) => `Bearer ${token}, Bearer ${token}`],
    ['no scheme', (token: string) => token],
    ['another scheme', (token: string) => `Token ${token}`],
  ])('is refused with %s', async (_what, spelt) => {
    const authorization = spelt(tokenOf(tokens, kind));
    expectError(await call(client, undefined, { authorization }), { status: 401 });
  });

  it('does not take the token from elsewhere', async () => {
    const token = tokenOf(tokens, kind);
    const headers = { cookie: `access_token=${token}; baas_ua=${token}`, 'x-access-token': token };
    expectError(await call(client, undefined, { headers }), { status: 401, code: [null, 'MissingAuthReq'] });
  });
});

it('left the sessions as they were', async () => {
  expectJson(await client.profile(tokens.accessToken), 200);
  expect([200, 201]).toContain((await client.refresh(tokens.refreshToken)).status);
});
