import { CLIENT_PATH } from './client.js';
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
  { name: 'GET sessions', kind: 'access', inApp: false, call: at('GET', 'sessions') },
  {
    name: 'DELETE sessions?except=current',
    kind: 'access',
    inApp: false,
    call: at('DELETE', 'sessions?except=current'),
  },
  { name: 'DELETE sessions/:id', kind: 'access', inApp: false, call: at('DELETE', `sessions/${'0'.repeat(24)}`) },
  { name: 'DELETE identities/:id', kind: 'access', inApp: false, call: at('DELETE', 'identities/x') },
  { name: 'POST merge', kind: 'access', inApp: false, call: at('POST', 'merge', { ticket: 'x' }) },
  {
    name: 'PUT password',
    kind: 'access',
    inApp: false,
    call: at('PUT', 'password', { old_password: 'secret1', password: 'secret2' }),
  },
  { name: 'GET api_keys', kind: 'refresh', inApp: false, call: at('GET', 'api_keys') },
  { name: 'POST api_keys', kind: 'refresh', inApp: false, call: at('POST', 'api_keys', { name: 'key' }) },
  { name: 'GET api_keys/:id', kind: 'refresh', inApp: false, call: at('GET', `api_keys/${'0'.repeat(24)}`) },
  { name: 'DELETE api_keys/:id', kind: 'refresh', inApp: false, call: at('DELETE', `api_keys/${'0'.repeat(24)}`) },
  {
    name: 'PUT api_keys/:id/enable',
    kind: 'refresh',
    inApp: false,
    call: at('PUT', `api_keys/${'0'.repeat(24)}/enable`),
  },
  {
    name: 'PUT api_keys/:id/disable',
    kind: 'refresh',
    inApp: false,
    call: at('PUT', `api_keys/${'0'.repeat(24)}/disable`),
  },
  {
    name: 'POST functions/call',
    kind: 'access',
    inApp: true,
    call: (client, token, options) => client.callFunction(token, undefined, options),
  },
  { name: 'POST login?link=true', kind: 'access', inApp: true, call: link },
];

function at(method: string, path: string, body?: unknown): GuardedRoute['call'] {
  return (client, token, options) =>
    client.request(method, `${CLIENT_PATH}/auth/${path}`, { ...(body ? { body } : {}), token, ...options });
}

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
