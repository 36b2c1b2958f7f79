import { createHash, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { serve, type Loopback } from './loopback.js';

type Route = (request: IncomingMessage, response: ServerResponse) => void;

export interface GithubAccount {
  id: number;
  login: string;
  name?: string | null;
  avatar_url?: string;
  email?: string | null;
  emails?: { email: string; primary: boolean; verified: boolean }[];
}

interface Grant {
  account: GithubAccount;
  clientId: string;
  scope: string;
  challenge?: string | undefined;
}

/**
 * GitHub, on this machine, as far as people log in there: OAuth 2.0 in its own way (errors with status 200, no ID token, codes
 * that are good once and for one client), and the API that says who somebody is. Packages that stand in for identity providers
 * speak OpenID Connect.
 */
export class FakeGithub {
  readonly #codes = new Map<string, Grant>();
  readonly #tokens = new Map<string, Grant>();
  #server: Loopback | undefined;

  /** Whoever comes is logged in at once, as this one. */
  visitor: GithubAccount = { id: 583_231, login: 'octocat' };
  /** By client id. */
  readonly secrets = new Map<string, string>();
  /** Servers that are slow, down, or lie: in place of the real route, by path. */
  readonly routes = new Map<string, Route>();
  /** Changes where the browser is sent back to. */
  back: (url: URL) => void = () => undefined;
  /** Bodies of the requests to the token endpoint. */
  readonly exchanges: Record<string, string>[] = [];

  static async start(): Promise<FakeGithub> {
    const github = new FakeGithub();
    github.#server = await serve((request, response) => void github.#take(request, response));
    return github;
  }

  get url(): string {
    return this.#server!.url;
  }

  reset(): void {
    this.visitor = { id: 583_231, login: 'octocat' };
    this.routes.clear();
    this.back = () => undefined;
    this.exchanges.length = 0;
  }

  /** As an app on a phone would have got it. */
  codeFor(clientId: string, account: GithubAccount, scope = 'user:email', verifier?: string): string {
    const code = randomUUID();
    this.#codes.set(code, { account, clientId, scope, challenge: verifier && challengeOf(verifier) });
    return code;
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url!, this.url);
    const route = this.routes.get(url.pathname);
    if (route) return route(request, response);
    if (url.pathname === '/login/oauth/authorize') return this.#authorize(url.searchParams, response);
    if (url.pathname === '/login/oauth/access_token') return this.#exchange(await text(request), response);
    return this.#ask(url, request, response);
  }

  #authorize(query: URLSearchParams, response: ServerResponse): void {
    const back = new URL(query.get('redirect_uri')!);
    const code = this.codeFor(query.get('client_id')!, this.visitor, query.get('scope') ?? '');
    this.#codes.get(code)!.challenge = query.get('code_challenge') ?? undefined;
    for (const [name, value] of Object.entries({ code, state: query.get('state')!, iss: `${this.url}/login/oauth` })) {
      back.searchParams.set(name, value);
    }
    this.back(back);
    response.writeHead(302, { location: back.href }).end();
  }

  #exchange(body: string, response: ServerResponse): void {
    const form = Object.fromEntries(new URLSearchParams(body));
    this.exchanges.push(form);
    const { client_id: clientId = '', client_secret: secret, code = '', code_verifier: verifier } = form;
    if (this.secrets.get(clientId) !== secret) return json(response, { error: 'incorrect_client_credentials' });
    const grant = this.#codes.get(code);
    const fits =
      grant?.clientId === clientId &&
      (grant.challenge === undefined || (verifier !== undefined && grant.challenge === challengeOf(verifier)));
    if (!grant || !fits) return json(response, { error: 'bad_verification_code', error_description: 'The code …' });
    this.#codes.delete(code);
    const token = `gho_${randomUUID()}`;
    this.#tokens.set(token, grant);
    return json(response, { access_token: token, token_type: 'bearer', scope: grant.scope.replaceAll(' ', ',') });
  }

  #ask({ pathname: path, searchParams }: URL, { headers }: IncomingMessage, response: ServerResponse): void {
    if (!headers['user-agent']) return json(response, { message: 'Request forbidden by administrative rules' }, 403);
    const grant = this.#tokens.get(headers.authorization?.replace(/^Bearer /, '') ?? '');
    if (!grant) return json(response, { message: 'Bad credentials' }, 401);
    const { emails = [], ...profile } = grant.account;
    if (path === '/api/user') return json(response, profile);
    const isAsked = path === '/api/user/emails' && grant.scope.includes('user:email');
    const page = emails.slice(0, Number(searchParams.get('per_page') ?? 30));
    return isAsked ? json(response, page) : json(response, { message: 'Not Found' }, 404);
  }
}

function json(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
}

function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url');
}
