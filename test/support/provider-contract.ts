import { beforeAll, describe, expect, it } from '@jest/globals';
import type { App } from '../../src/apps/app.model.js';
import { ProviderConfigsService } from '../../src/providers/provider-configs.service.js';
import type { Answer, Tokens } from './client.js';
import type { TestServer } from './create-test-server.js';
import { expectError, expectJson } from './expect-answer.js';
import { itLogsInByRedirect } from './redirect-contract.js';
import type { WayBack } from './redirect-login.js';

/** One provider, as its contract is tried. */
export interface ProviderUnderTest {
  /** In the URL of the login. */
  name: string;
  /** An app that has the provider, and anonymous users. */
  makeApp: () => Promise<App>;
  /** The body of a login as somebody, right at this moment. Called again for the same subject, it may give the same body. */
  credentials: (app: App, subject: string) => Promise<object>;
  /** Bodies that must not let anybody in, by what is wrong with them: expired, for another audience, without signature … */
  wrong: Record<string, (app: App) => Promise<object> | object>;
  /** True where credentials are spent by their use: the same body a second time is refused. */
  oneTime?: boolean;
  /** What is said of somebody, and comes back in the profile. Absent where the provider says nothing. */
  withName?: (app: App, subject: string, name: string) => Promise<object>;
  /** What a server that the provider asks may do: not there, silent, lying. Each sets that up and gives a body to log in with. */
  troubles?: Record<string, (app: App) => Promise<object>>;
  /** Leaves for the page of an identity provider as somebody. Absent where there is no login by redirect. */
  leaveAs?: (app: App, subject: string) => Promise<WayBack>;
  /** False where an identity cannot be added to somebody else's user, as keys of users cannot. */
  links?: boolean;
}

/** Of a login, however badly the other side behaves. */
const PATIENCE_MS = 9_000;
const NAMES = ['Żółć ☃ 名前 👩‍👩‍👧‍👦', '𝒜'.repeat(400)];

/** What every provider must do. Its own rules have tests of their own. */
export function describeProvider(getServer: () => TestServer, provider: ProviderUnderTest): void {
  describe(`the provider ${provider.name}`, () => {
    const { name, credentials } = provider;
    let server: TestServer;
    let app: App;
    beforeAll(async () => {
      server = getServer();
      app = await provider.makeApp();
    });

    const login = (body: object, from = app): Promise<Answer> => server.client(from).login(name, body);
    const enter = async (subject: string): Promise<Tokens> =>
      server.client(app).tokens(await login(await credentials(app, subject)));
    const link = (body: object, token: string): Promise<Answer> => {
      const client = server.client(app);
      return client.request('POST', `${client.appPath}/auth/providers/${name}/login?link=true`, { body, token });
    };

    it('logs somebody in, with a session that works', async () => {
      const { accessToken, refreshToken } = await enter('ada');
      const client = server.client(app);
      expectJson(await client.profile(accessToken), 200);
      expect((await client.refresh(refreshToken)).status).toBe(201);
    });

    it('makes one user of one subject, also of first logins at once', async () => {
      const bodies = await Promise.all([1, 2, 3].map(() => credentials(app, 'twice')));
      const answers = await Promise.all(bodies.map((body) => login(body)));
      answers.push(await login(await credentials(app, 'twice')));
      for (const answer of answers) expectJson(answer, 200);
      expect(new Set(answers.map(({ body }) => body.user_id)).size).toBe(1);
    });

    it('mixes nobody up who logs in at the same time (C46)', async () => {
      const subjects = ['one', 'two', 'three', 'four'];
      const bodies = await Promise.all(subjects.map((subject) => credentials(app, subject)));
      const first = await Promise.all(bodies.map((body) => login(body)));
      expect(new Set(first.map(({ body }) => body.user_id)).size).toBe(subjects.length);
      for (const [i, subject] of subjects.entries()) {
        expect((await enter(subject)).userId).toBe(first[i]!.body.user_id);
      }
    });

    it('lets a user in no more who is disabled, and again who is enabled', async () => {
      const { userId } = await enter('disabled');
      await server.admin.disable(app, userId);
      expectError(await login(await credentials(app, 'disabled')), { status: 401, code: 'UserDisabled' });
      await server.admin.enable(app, userId);
      expect((await enter('disabled')).userId).toBe(userId);
    });

    it('lets nobody in while it is disabled (C42)', async () => {
      const body = await credentials(app, 'late');
      const configs = server.get(ProviderConfigsService);
      const { _id } = (await configs.findByName(app, name))!;
      await configs.setDisabled(app, _id, true);
      expectError(await login(body), { status: 404, code: 'AuthProviderNotFound' });
      await configs.setDisabled(app, _id, false);
      expectJson(await login(body), 200);
    });

    it('lets nobody into another app (C06)', async () => {
      const other = await provider.makeApp();
      const refused = await login(await credentials(app, 'stranger'), other);
      expect([refused.status, refused.body.error_code]).toEqual([401, expect.any(String)]);
      const none = await server.make.app({ providers: [] });
      expectError(await login(await credentials(app, 'stranger'), none), { status: 404, code: 'AuthProviderNotFound' });
    });

    it.each(Object.keys(provider.wrong))('refuses what is wrong: %s', async (what) => {
      const answer = await login(await provider.wrong[what]!(app));
      expect([400, 401, 403]).toContain(answer.status);
      expect(answer.body).toEqual({ error: expect.any(String), error_code: expect.any(String) });
    });

    it.each([[[]], ['text'], [7]])('takes no body that is %j for credentials', async (body) => {
      const answer = await login(body as object);
      expect([400, 401]).toContain(answer.status);
    });

    if (provider.oneTime) {
      it('takes nothing twice', async () => {
        const body = await credentials(app, 'replayed');
        const answers = await Promise.all([login(body), login(body)]);
        expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([200, 401]);
        expect((await login(body)).status).toBe(401);
      });
    }

    if (provider.links ?? true) {
      it('adds an identity to a user who is logged in, who keeps the id', async () => {
        const client = server.client(app);
        const { accessToken, userId } = await client.enterAnonymously();
        expect((await link(await credentials(app, 'linked'), accessToken)).body.user_id).toBe(userId);
        expect((await enter('linked')).userId).toBe(userId);
        const { identities } = (await client.profile(accessToken)).body as unknown as { identities: unknown[] };
        expect(identities).toHaveLength(2);
        expectJson(await link(await credentials(app, 'linked'), accessToken), 200);
        const other = await client.enterAnonymously();
        expect((await link(await credentials(app, 'linked'), other.accessToken)).status).toBe(409);
      });
    }

    it('answers no wrong link with a 401, which would send SDKs into a loop', async () => {
      const { accessToken } = await server.client(app).enterAnonymously();
      for (const [what, wrong] of Object.entries(provider.wrong)) {
        const { status, body } = await link(await wrong(app), accessToken);
        expect([what, status]).toEqual([what, expect.any(Number)]);
        expect([400, 403, 409]).toContain(status);
        expect(body.error_code).not.toBe('InvalidSession');
      }
      expectJson(await server.client(app).profile(accessToken), 200);
    });

    const { withName, leaveAs, troubles = {} } = provider;
    if (leaveAs) itLogsInByRedirect(getServer, { ...provider, leaveAs });

    if (withName) {
      it.each(NAMES)('keeps what is said of somebody: %s', async (said) => {
        const { accessToken } = server.client(app).tokens(await login(await withName(app, `named ${said}`, said)));
        const { body } = await server.client(app).profile(accessToken);
        expect(body['data']).toMatchObject({ name: said });
      });

      it('hears what is said anew at a login, and forgets nothing that is not said again (B27, B31)', async () => {
        const client = server.client(app);
        const names: unknown[] = [];
        const first = client.tokens(await login(await withName(app, 'renamed', 'Ada Byron')));
        const renamed = await Promise.all([1, 2, 3].map(() => withName(app, 'renamed', 'Ada Lovelace')));
        for (const answer of await Promise.all(renamed.map((body) => login(body)))) expectJson(answer, 200);
        for (const body of [await withName(app, 'renamed', 'Ada Lovelace'), await credentials(app, 'renamed')]) {
          const again = client.tokens(await login(body));
          expect(again.userId).toBe(first.userId);
          for (const { accessToken } of [first, again]) {
            names.push((await client.profile(accessToken)).body['data']);
          }
        }
        expect(names).toEqual(names.map(() => expect.objectContaining({ name: 'Ada Lovelace' })));
      });

      it('keeps no more of it than is bearable', async () => {
        const answer = await login(await withName(app, 'talkative', 'x'.repeat(20_000)));
        if (answer.status !== 200) return expect([400, 401]).toContain(answer.status);
        const profile = await server.client(app).profile(answer.body.access_token);
        expect(profile.text.length).toBeLessThan(10_000);
      });
    }

    if (Object.keys(troubles).length > 0) {
      it.each(Object.keys(troubles))('answers in time where the other side is %s', async (what) => {
        const body = await troubles[what]!(app);
        const started = performance.now();
        const answer = await login(body);
        expect(performance.now() - started).toBeLessThan(PATIENCE_MS);
        expect([400, 401, 502, 503]).toContain(answer.status);
        expect(answer.body).toEqual({ error: expect.any(String), error_code: expect.any(String) });
      });
    }
  });
}
