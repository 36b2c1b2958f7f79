import { expect } from '@jest/globals';
import type { App } from '../../src/apps/app.model.js';
import { CLIENT_PATH, type Tokens } from './client.js';
import type { TestServer } from './create-test-server.js';
import { fragmentOf, Visitor, type Arrival } from './visitor.js';

/** The app's page that logins end at. */
export const HOME = 'https://app.example.com/login';
/** The app's own state, with everything that needs care in a fragment. */
export const CLIENT_STATE = 'app state/=&$';

/** What a page opens to log in, as realm-web writes it. */
export function startUrl(server: TestServer, app: App, provider: string, query?: string): URL {
  const device = Buffer.from(JSON.stringify({ sdkVersion: '4.9.0', platform: 'chrome' })).toString('base64');
  const asked = query ?? new URLSearchParams({ redirect: HOME, state: CLIENT_STATE, device }).toString();
  return new URL(`${server.publicUrl}${CLIENT_PATH}/app/${app.clientAppId}/auth/providers/${provider}/login?${asked}`);
}

export function logInByRedirect(
  server: TestServer,
  app: App,
  provider: string,
  { query, visitor = new Visitor() }: { query?: string; visitor?: Visitor } = {},
): Promise<Arrival> {
  return visitor.open(startUrl(server, app, provider, query));
}

/** A login that is at the point of coming back. */
export interface WayBack {
  visitor: Visitor;
  back: URL;
}

/** Leaves for the identity provider's page, which sends whoever comes back at once. */
export async function leave(server: TestServer, app: App, provider: string): Promise<WayBack> {
  const visitor = new Visitor();
  const { location } = await visitor.step(startUrl(server, app, provider));
  const { location: back } = await visitor.step(new URL(location!));
  return { visitor, back: new URL(back!) };
}

/** What the app's page is given. @throws where there is no session in it */
export function sessionOf({ url }: Arrival): Tokens {
  const { _baas_ua: ua, _baas_error: error } = fragmentOf(url);
  if (ua === undefined) throw new Error(`no session: ${error ?? url.href}`);
  const [accessToken = '', refreshToken = '', userId = '', deviceId = ''] = ua.split('$');
  return { userId, accessToken, refreshToken, deviceId };
}

/** The app's page is told, in both spellings, and gets its state back. */
export function expectFailure({ url, text }: Arrival, error: string | RegExp): void {
  expect({ page: `${url.origin}${url.pathname}`, text }).toEqual({ page: HOME, text: '' });
  const fields = fragmentOf(url);
  expect(fields['_baas_error']).toEqual(typeof error === 'string' ? error : expect.stringMatching(error));
  expect(fields).toEqual({ ...fields, _stitch_error: fields['_baas_error'], _baas_state: CLIENT_STATE });
  expect(fields).not.toHaveProperty('_baas_ua');
}
