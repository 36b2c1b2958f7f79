import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import { PlaceRegistry, PlaceResolver } from '../../src/hooks/place.resolver.js';
import { CLIENT_PATH, type ApiClient, type Tokens } from '../support/client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { claimsOf } from '../support/tokens.js';

@Injectable()
class TestPlaces extends PlaceResolver {
  override async placeOf(ip: string): Promise<string | undefined> {
    if (ip === '203.0.113.7') return 'Lyon, France';
    throw new Error('not on the map');
  }
}

@Module({ providers: [TestPlaces] })
class PlacesModule {
  constructor(registry: PlaceRegistry, places: TestPlaces) {
    registry.register(places);
  }
}

const PATH = `${CLIENT_PATH}/auth/sessions`;
const USER = { username: 'ann@example.com', password: 'correct horse' };

let server: TestServer;
let client: ApiClient;
let first: Tokens;

beforeAll(async () => {
  server = await createTestServer({ modules: [PlacesModule], env: { LATCHKEY_TRUSTED_PROXIES: '127.0.0.1' } });
});
afterAll(() => server.stop());
beforeEach(async () => {
  client = server.client(await server.make.app());
  first = await client.enter(USER.username, USER.password);
});

const again = async (ip = '127.0.0.1', device = {}) =>
  client.tokens(
    await client.login(
      'local-userpass',
      { ...USER, options: { device } },
      { headers: { 'x-forwarded-for': ip, 'user-agent': 'Mozilla/5.0' } },
    ),
  );
const list = async ({ accessToken: token }: Tokens) =>
  JSON.parse((await client.request('GET', PATH, { token })).text) as Record<string, unknown>[];
const sidOf = ({ accessToken }: Tokens): string => claimsOf(accessToken).sid as string;
const isAlive = async ({ accessToken, refreshToken }: Tokens) => {
  const statuses = [(await client.profile(accessToken)).status, (await client.refresh(refreshToken)).status];
  expect(['200,201', '401,401']).toContain(statuses.join(','));
  return statuses[0] === 200;
};

describe('a person', () => {
  it('sees where they are logged in, newest first, with the session in use marked', async () => {
    const second = await again('203.0.113.7', { platform: 'chrome', platformVersion: '120' });
    const sessions = await list(first);
    const time = expect.any(Number);
    expect(sessions).toEqual([
      {
        _id: sidOf(second),
        current: false,
        created: time,
        last_used: time,
        device: { _id: second.deviceId, platform: 'chrome', platform_version: '120', user_agent: 'Mozilla/5.0' },
        ip_network: '203.0.113.0/24',
        place: 'Lyon, France',
      },
      {
        _id: sidOf(first),
        current: true,
        created: time,
        last_used: time,
        device: { _id: first.deviceId, platform: '', platform_version: '', user_agent: expect.any(String) },
        ip_network: '127.0.0.0/24',
      },
    ]);
    expect((await list(second)).map(({ current }) => current)).toEqual([true, false]);
  });

  it('ends one session, and is told of it once', async () => {
    const second = await again();
    const end = () => client.request('DELETE', `${PATH}/${sidOf(second)}`, { token: first.accessToken });
    const answers = await Promise.all([end(), end()]);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([204, 404]);
    expect(await isAlive(second)).toBe(false);
    expect(await isAlive(first)).toBe(true);
    expect((await list(first)).map(({ _id }) => _id)).toEqual([sidOf(first)]);
  });

  it('may end the session in use, which is a logout', async () => {
    server.told();
    const { status, text } = await client.request('DELETE', `${PATH}/${sidOf(first)}`, { token: first.accessToken });
    expect([status, text]).toEqual([204, '']);
    expect(await isAlive(first)).toBe(false);
    expect(server.told()).toEqual(['afterLogout']);
  });

  it('signs out everywhere else', async () => {
    const others = [await again(), await again()];
    const { status } = await client.request('DELETE', `${PATH}?except=current`, { token: first.accessToken });
    expect(status).toBe(204);
    for (const other of others) expect(await isAlive(other)).toBe(false);
    expect(await isAlive(first)).toBe(true);
    const later = await again();
    expect(await isAlive(later)).toBe(true);
    expect((await list(later)).map(({ _id }) => _id)).toEqual([sidOf(later), sidOf(first)]);
  });

  it('who signs out elsewhere from two places at once is left with one', async () => {
    const second = await again();
    const both = [first, second];
    const answers = await Promise.all(
      both.map(({ accessToken: token }) => client.request('DELETE', `${PATH}?except=current`, { token })),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([204, 401]);
    const alive = await Promise.all(both.map((session) => isAlive(session)));
    expect(alive).toEqual(answers.map(({ status }) => status === 204));
  });

  it('has all sessions revoked, also after having signed out elsewhere', async () => {
    await client.request('DELETE', `${PATH}?except=current`, { token: first.accessToken });
    const app = await server.make.app();
    await server.client(app).enterAnonymously();
    const second = await again();
    expect(await isAlive(second)).toBe(true);
    await client.deleteUser(first.accessToken);
    expect(await isAlive(first)).toBe(false);
    expect(await isAlive(second)).toBe(false);
  });

  it('neither sees nor ends what is of others', async () => {
    const stranger = await client.enterAnonymously();
    const elsewhere = server.client(await server.make.app());
    const namesake = await elsewhere.enter(USER.username, USER.password);
    expect((await list(stranger)).map(({ _id }) => _id)).toEqual([sidOf(stranger)]);
    for (const token of [stranger.accessToken, namesake.accessToken]) {
      expect((await client.request('DELETE', `${PATH}/${sidOf(first)}`, { token })).status).toBe(404);
    }
    await client.request('DELETE', `${PATH}?except=current`, { token: stranger.accessToken });
    expect(await isAlive(first)).toBe(true);
  });

  it.each(['', '?except=', '?except=all', '?except=current&except=current', '/nonsense', '/%00'])(
    'is told what is wrong with %s',
    async (rest) => {
      const answer = await client.request('DELETE', `${PATH}${rest}`, { token: first.accessToken });
      expect(answer).toMatchObject({ status: 400, body: { error_code: 'InvalidParameter' } });
      expect(await isAlive(first)).toBe(true);
    },
  );
});
