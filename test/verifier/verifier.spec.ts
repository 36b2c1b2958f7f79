import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { App } from '../../src/apps/app.model.js';
import { AppRemovalService } from '../../src/accounts/app-removal.service.js';
import { Clock } from '../../src/common/clock.js';
import { SigningKeysService } from '../../src/signing-keys/signing-keys.service.js';
import { Verifier, VerifierError, type VerifierErrorCode, type VerifierOptions } from '../../src/verifier/index.js';
import type { ApiClient } from '../support/client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { claimsOf, withBrokenSignature, withClaims, withHeader } from '../support/tokens.js';
import { untilPast, waitUntil } from '../support/wait.js';

class ShiftedClock extends Clock {
  shiftMs = 0;
  now(): Date {
    return new Date(Date.now() + this.shiftMs);
  }
}

const clock = new ShiftedClock();
let server: TestServer;
let app: App;
let client: ApiClient;
const open: Verifier[] = [];

beforeAll(async () => {
  server = await createTestServer({ clock });
  app = await server.make.app();
  client = server.client(app);
});
afterEach(() => {
  for (const verifier of open.splice(0)) verifier.close();
});
afterAll(() => server.stop());

const addressOf = (of: App): string => `${server.publicUrl}/api/client/v2.0/app/${of.clientAppId}`;

function verifierOf(of: App, options: Partial<VerifierOptions> = {}): Verifier {
  const url = addressOf(of).replace(server.publicUrl, server.baseUrl);
  const verifier = new Verifier({ issuer: addressOf(of), url, ...options });
  open.push(verifier);
  return verifier;
}

async function refusalOf(verifying: Promise<unknown>): Promise<VerifierErrorCode | 'accepted'> {
  try {
    await verifying;
    return 'accepted';
  } catch (error) {
    if (!(error instanceof VerifierError)) throw error;
    return error.code;
  }
}

async function untilRefused(verifier: Verifier, token: string): Promise<VerifierErrorCode> {
  let code: VerifierErrorCode | 'accepted' = 'accepted';
  await waitUntil(async () => (code = await refusalOf(verifier.verify(token))) !== 'accepted');
  return code as unknown as VerifierErrorCode;
}

async function loggedIn(username: string, password: string) {
  const { body } = await client.login('local-userpass', { username, password });
  return { accessToken: body.access_token, userId: body.user_id };
}

/** A fetch that notes what is asked for, and asks through `send`. */
function noting(send: typeof fetch = fetch): { asked: string[]; fetch: typeof fetch } {
  const asked: string[] = [];
  const noted: typeof fetch = (input, init) => {
    asked.push(new URL(input as string).pathname.split('/').pop()!);
    return send(input, init);
  };
  return { asked, fetch: noted };
}

describe('a verifier', () => {
  it('answers with the claims, which nobody can change, and asks nobody about the second', async () => {
    const { asked, fetch } = noting();
    const verifier = verifierOf(app, { fetch });
    const { accessToken, userId } = await client.enterAnonymously();
    const claims = await verifier.verify(accessToken);
    expect(claims).toEqual(claimsOf(accessToken));
    expect(claims.sub).toBe(userId);
    expect(() => Object.assign(claims, { sub: 'another' })).toThrow(TypeError);
    expect([...asked].sort()).toEqual(['jwks.json', 'stream']);
    const other = await client.enterAnonymously();
    for (const token of [accessToken, other.accessToken, accessToken]) await verifier.verify(token);
    expect(asked).toHaveLength(2);
    expect(verifier.status).toMatchObject({ stale: false, cachedTokens: 2 });
  });

  it.each(['stream', 'poll'] as const)(
    'hears by %s of a logout, a revoked, a disabled and a deleted user',
    async (follow) => {
      const verifier = verifierOf(app, { follow, maxStaleSeconds: 2 });
      const users = await Promise.all([1, 2, 3, 4, 5].map(() => client.enterAnonymously()));
      for (const { accessToken } of users) await verifier.verify(accessToken);
      const [left, revoked, disabled, deleted, alive] = users as [(typeof users)[0], ...typeof users];
      await client.logout(left.refreshToken);
      await server.admin.revokeSessions(app, revoked!.userId);
      await server.admin.disable(app, disabled!.userId);
      await server.admin.delete(app, deleted!.userId);
      for (const { accessToken } of [left, revoked!, disabled!, deleted!]) {
        expect(await untilRefused(verifier, accessToken)).toBe('token_revoked');
      }
      expect(await refusalOf(verifier.verify(alive!.accessToken))).toBe('accepted');
    },
  );

  it('knows from the start what was revoked before', async () => {
    const { accessToken, refreshToken } = await client.enterAnonymously();
    const earlier = verifierOf(app);
    await client.logout(refreshToken);
    await untilRefused(earlier, accessToken);
    expect(await refusalOf(verifierOf(app).verify(accessToken))).toBe('token_revoked');
  });

  it('accepts the next login of a user whose sessions were revoked in the same second', async () => {
    const verifier = verifierOf(app);
    const { email, password } = await server.make.emailUser(app);
    for (let round = 0; round < 5; round++) {
      const before = await loggedIn(email, password);
      await server.admin.revokeSessions(app, before.userId);
      const after = await loggedIn(email, password);
      expect(await untilRefused(verifier, before.accessToken)).toBe('token_revoked');
      expect(await refusalOf(verifier.verify(after.accessToken))).toBe('accepted');
    }
  });

  it('refuses what is no access token of this app', async () => {
    const verifier = verifierOf(app);
    const { accessToken, refreshToken } = await client.enterAnonymously();
    const foreign = await server.client(await server.make.app()).enterAnonymously();
    const bad = {
      'a refresh token': refreshToken,
      'a token of another app': foreign.accessToken,
      'a broken signature': withBrokenSignature(accessToken),
      'other claims': withClaims(accessToken, { sub: foreign.userId }),
      'no algorithm': `${withHeader(accessToken, { alg: 'none' }).split('.').slice(0, 2).join('.')}.`,
      'a symmetric algorithm': withHeader(accessToken, { alg: 'HS256' }),
      'something critical': withHeader(accessToken, { crit: ['exp'] }),
      'no token': 'garbage',
      nothing: '',
      'too much': `${accessToken}${'A'.repeat(20_000)}`,
    };
    const codes = await Promise.all(
      Object.entries(bad).map(async ([what, token]) => [what, await refusalOf(verifier.verify(token))]),
    );
    expect(Object.fromEntries(codes)).toEqual(
      Object.fromEntries(Object.keys(bad).map((what) => [what, 'invalid_token'])),
    );
    expect(verifier.status.cachedTokens).toBe(0);
  });

  it('refuses a token whose time is over, also one that it remembers', async () => {
    const own = await server.make.app({ accessTokenSeconds: 1 });
    const verifier = verifierOf(own);
    const { accessToken } = await server.client(own).enterAnonymously();
    await verifier.ready();
    await refusalOf(verifier.verify(accessToken));
    await untilPast(claimsOf(accessToken)['exp']);
    expect(await refusalOf(verifier.verify(accessToken))).toBe('token_expired');
    expect(await refusalOf(verifierOf(own).verify(accessToken))).toBe('token_expired');
  });

  it('remembers only so many tokens', async () => {
    const verifier = verifierOf(app, { maxCachedTokens: 2 });
    const tokens = await Promise.all([1, 2, 3].map(async () => (await client.enterAnonymously()).accessToken));
    for (const token of [...tokens, ...tokens]) await verifier.verify(token);
    expect(verifier.status.cachedTokens).toBe(2);
  });

  it('goes on with the next key when one is given up, and refuses what that signed', async () => {
    const own = await server.make.app();
    const ownClient = server.client(own);
    const verifier = verifierOf(own);
    const keys = server.get(SigningKeysService);
    const before = await ownClient.enterAnonymously();
    await verifier.verify(before.accessToken);
    await keys.retire(own, (await keys.currentOf(own)).kid);
    const after = await ownClient.enterAnonymously();
    expect(await refusalOf(verifier.verify(after.accessToken))).toBe('accepted');
    expect(await untilRefused(verifier, before.accessToken)).toBe('token_revoked');
    await ownClient.logout(after.refreshToken);
    expect(await untilRefused(verifier, after.accessToken)).toBe('token_revoked');
  });

  it('refuses everybody once the app is deleted', async () => {
    const own = await server.make.app();
    const verifier = verifierOf(own);
    const { accessToken } = await server.client(own).enterAnonymously();
    await verifier.verify(accessToken);
    await server.get(AppRemovalService).delete(own);
    expect(await untilRefused(verifier, accessToken)).toBe('token_revoked');
  });

  it('asks for keys once, however many unknown ones are named', async () => {
    const { asked, fetch } = noting();
    const verifier = verifierOf(app, { fetch });
    const { accessToken } = await client.enterAnonymously();
    await verifier.verify(accessToken);
    const before = asked.filter((name) => name === 'jwks.json').length;
    const made = Array.from({ length: 50 }, (_, at) => withHeader(accessToken, { kid: `made-up-${at}` }));
    const codes = await Promise.all(made.map((token) => refusalOf(verifier.verify(token))));
    expect(new Set(codes)).toEqual(new Set(['invalid_token']));
    expect(asked.filter((name) => name === 'jwks.json').length - before).toBe(1);
  });

  it('says that it cannot tell while nothing can be had, and goes on when it can', async () => {
    const errors: Error[] = [];
    let isDown = true;
    const { fetch } = noting((input, init) =>
      isDown ? Promise.reject(new Error('down')) : globalThis.fetch(input, init),
    );
    const verifier = verifierOf(app, { fetch, onError: (error) => errors.push(error) });
    const { accessToken } = await client.enterAnonymously();
    expect(await refusalOf(verifier.verify(accessToken))).toBe('keys_unavailable');
    expect(verifier.status).toMatchObject({ stale: true, behindSeconds: Infinity });
    await waitUntil(async () => errors.length > 0);
    isDown = false;
    await verifier.ready();
    await waitUntil(async () => (await refusalOf(verifier.verify(accessToken))) === 'accepted');
  });

  it.each([
    ['failClosed', 'revocations_unknown'],
    ['failOpen', 'accepted'],
  ] as const)('is told by %s what to do when the feed is silent', async (whenStale, expected) => {
    const verifier = verifierOf(app, { whenStale, maxStaleSeconds: 0.5 });
    const { accessToken, refreshToken } = await client.enterAnonymously();
    const revoked = await client.enterAnonymously();
    await client.logout(revoked.refreshToken);
    await untilRefused(verifier, revoked.accessToken);
    verifier.close();
    await waitUntil(async () => verifier.status.stale);
    await client.logout(refreshToken);
    expect(await refusalOf(verifier.verify(accessToken))).toBe(expected);
    expect(await refusalOf(verifier.verify(revoked.accessToken))).toBe('token_revoked');
  });

  it('believes no feed that is unsigned, changed, of another app or of another time', async () => {
    const other = await server.make.app();
    const reasons: Record<string, string> = {
      unsigned: 'not the one of this app',
      changed: 'signature verification failed',
      'of another time': 's ago by the clock',
      'of another app': 'not the one of this app',
    };
    const bodies: Record<string, (text: string) => string> = {
      unsigned: () => 'event: revocations\ndata: eyJhbGciOiJub25lIn0.e30.\n\n',
      changed: (text) => text.replace(/data: (\S+)/, (_, jws: string) => `data: ${withClaims(jws, { retain: 1 })}`),
      'of another time': (text) => text,
      'of another app': (text) => text,
    };
    for (const [what, change] of Object.entries(bodies)) {
      const errors: string[] = [];
      const changed: typeof fetch = async (input, init) => {
        const url = input as string;
        if (!url.includes('/revocations')) return fetch(url, init);
        const stream = what === 'of another app' ? url.replace(app.clientAppId, other.clientAppId) : url;
        const response = await fetch(stream, init);
        const { value } = await response.body!.getReader().read();
        return new Response(change(Buffer.from(value as Uint8Array).toString()));
      };
      if (what === 'of another time') clock.shiftMs = 120_000;
      try {
        const verifier = verifierOf(app, { fetch: changed, onError: ({ message }) => errors.push(message) });
        await waitUntil(async () => errors.length > 0);
        expect({ what, stale: verifier.status.stale, error: errors[0] }).toEqual({
          what,
          stale: true,
          error: expect.stringContaining(reasons[what]!),
        });
        verifier.close();
      } finally {
        clock.shiftMs = 0;
      }
    }
  });

  it('asks in long polls where streams do not come through', async () => {
    const { asked, fetch } = noting((input, init) =>
      (input as string).includes('/stream') ? Promise.resolve(new Response('')) : globalThis.fetch(input, init),
    );
    const verifier = verifierOf(app, { fetch, maxStaleSeconds: 2 });
    await verifier.ready();
    expect(asked.filter((name) => name === 'stream')).toHaveLength(3);
    const { accessToken, refreshToken } = await client.enterAnonymously();
    await client.logout(refreshToken);
    expect(await untilRefused(verifier, accessToken)).toBe('token_revoked');
  });

  it.each([
    [{ issuer: 'shop-abcde' }, 'issuer'],
    [{ url: 'ftp://host/app' }, 'url'],
    [{ maxStaleSeconds: NaN }, 'maxStaleSeconds'],
    [{ whenStale: 'fail' as 'failOpen' }, 'whenStale'],
    [{ follow: 'push' as 'poll' }, 'follow'],
  ])('is not made with %j', (options, named) => {
    expect(() => verifierOf(app, options)).toThrow(TypeError);
    expect(() => verifierOf(app, options)).toThrow(named);
  });
});
