import type { Answer, ApiClient, RequestOptions, Tokens } from './client.js';

/** A route that asks for a token: how to call it, and with which of the two. */
export interface GuardedRoute {
  name: string;
  kind: 'access' | 'refresh';
  /** True where the path names the app. */
  inApp: boolean;
  call: (client: ApiClient, token: string | undefined, options?: RequestOptions) => Promise<Answer>;
  /** Dead sessions and tokens that were never ours are answered in another way than everywhere else. */
  ownAnswer?: true;
}

/** Every route of the client API with a token (client-api.md section 2). */
export const guardedRoutes: GuardedRoute[] = [
  {
    name: 'POST session',
    kind: 'refresh',
    inApp: false,
    call: (client, token, options) => client.refresh(token, options),
  },
  {
    name: 'DELETE session',
    kind: 'refresh',
    inApp: false,
    ownAnswer: true,
    call: (client, token, options) => client.logout(token, options),
  },
  {
    name: 'GET profile',
    kind: 'access',
    inApp: false,
    call: (client, token, options) => client.profile(token, options),
  },
  {
    name: 'DELETE delete',
    kind: 'access',
    inApp: false,
    call: (client, token, options) => client.deleteUser(token, options),
  },
  {
    name: 'POST functions/call',
    kind: 'access',
    inApp: true,
    call: (client, token, options) => client.callFunction(token, undefined, options),
  },
  { name: 'POST login?link=true', kind: 'access', inApp: true, call: link },
];

function link(client: ApiClient, token: string | undefined, options: RequestOptions = {}): Promise<Answer> {
  const path = `${client.appPath}/auth/providers/local-userpass/login?link=true`;
  const body = { username: 'link@example.com', password: 'secret1' };
  return client.request('POST', path, { body, token, ...options });
}

export function tokenOf(tokens: Tokens, kind: 'access' | 'refresh'): string {
  return kind === 'access' ? tokens.accessToken : tokens.refreshToken;
}

/** Every route of the client API that has the app in its path and takes no token. */
export const openRoutes = (client: ApiClient): [string, Promise<Answer>][] => [
  ['location', client.location()],
  ['login by POST', client.login('anon-user')],
  ['login by GET', client.loginByGet()],
  ['register', client.register({ email: 'a@example.com', password: 'secret1' })],
];
