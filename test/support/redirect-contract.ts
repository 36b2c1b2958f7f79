import { expect, it } from '@jest/globals';
import type { App } from '../../src/apps/app.model.js';
import { CLIENT_PATH } from './client.js';
import type { TestServer } from './create-test-server.js';
import { expectJson } from './expect-answer.js';
import { expectFailure, sessionOf, type WayBack } from './redirect-login.js';
import { Visitor, type Arrival } from './visitor.js';

export interface RedirectUnderTest {
  name: string;
  makeApp: () => Promise<App>;
  credentials: (app: App, subject: string) => Promise<object>;
  /** Leaves by the identity provider's page, as somebody, and has not come back yet. */
  leaveAs: (app: App, subject: string) => Promise<WayBack>;
}

/** What every login by way of a page of an identity provider must do. */
export function itLogsInByRedirect(getServer: () => TestServer, redirect: RedirectUnderTest): void {
  const { name, makeApp, leaveAs, credentials } = redirect;
  const comeBack = ({ visitor, back }: WayBack): Promise<Arrival> => visitor.open(back);

  it('is the same user by redirect as by credentials', async () => {
    const app = await makeApp();
    const client = getServer().client(app);
    const { userId, accessToken, refreshToken } = sessionOf(await comeBack(await leaveAs(app, 'ada')));
    expectJson(await client.profile(accessToken), 200);
    expectJson(await client.refresh(refreshToken), 201);
    expect((await client.login(name, await credentials(app, 'ada'))).body.user_id).toBe(userId);
  });

  it('mixes nobody up who comes back at the same time (C46), and makes one user of one subject', async () => {
    const app = await makeApp();
    const subjects = ['one', 'two', 'three', 'one', 'two', 'three'];
    const ways: WayBack[] = [];
    for (const subject of subjects) ways.push(await leaveAs(app, subject));
    const arrivals = await Promise.all(ways.map(comeBack));
    const ids = arrivals.map((arrival) => sessionOf(arrival).userId);
    expect(new Set(ids).size).toBe(3);
    for (const [i, subject] of subjects.entries()) {
      const { body } = await getServer()
        .client(app)
        .login(name, await credentials(app, subject));
      expect([subject, body.user_id]).toEqual([subject, ids[i]]);
    }
  });

  it('comes back once, and only in the browser that left (C26)', async () => {
    const app = await makeApp();
    const way = await leaveAs(app, 'ada');
    const callback = `${CLIENT_PATH}/auth/callback`;
    for (const status of [400, 302, 400]) {
      const { arrival } = await (status === 400 ? new Visitor() : way.visitor).step(way.back);
      expect([arrival.status, arrival.url.pathname]).toEqual([status, callback]);
    }
    expect((await comeBack(way)).status).toBe(400);
  });

  it('takes no code of another login: its PKCE challenge is another', async () => {
    const app = await makeApp();
    const [mine, yours] = [await leaveAs(app, 'ada'), await leaveAs(app, 'eve')];
    mine.back.searchParams.set('code', yours.back.searchParams.get('code')!);
    expectFailure(await comeBack(mine), /did not answer as it should|does not accept the code/);
  });

  it('by redirect lets nobody in who is disabled', async () => {
    const app = await makeApp();
    const { userId } = sessionOf(await comeBack(await leaveAs(app, 'ada')));
    await getServer().admin.disable(app, userId);
    expectFailure(await comeBack(await leaveAs(app, 'ada')), 'user disabled');
  });
}
