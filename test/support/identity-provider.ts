import type { IncomingMessage, ServerResponse } from 'node:http';
import { decodeJwt } from 'jose';
import { OAuth2Issuer, OAuth2Service, type MutableResponse, type MutableToken } from 'oauth2-mock-server';
import { serve, type Loopback } from './loopback.js';

type Claims = Record<string, unknown>;
type Route = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Somebody else's identity provider, on this machine: real OAuth2 and OpenID Connect, PKCE, and codes that are good once.
 * Whoever comes is logged in at once, as whom `claims` describe.
 */
export class IdentityProvider {
  readonly #issuer = new OAuth2Issuer();
  readonly #service = new OAuth2Service(this.#issuer);
  #server: Loopback | undefined;

  /** What is said of the person; a claim that is undefined is left out. */
  claims: Claims = {};
  /** What is said of whoever brings a code, over `claims`. */
  readonly people = new Map<string, Claims>();
  /** What is said at the userinfo endpoint besides. */
  userinfo: Claims = {};
  /** Changes what the token endpoint answers. */
  answer: (response: MutableResponse) => void = () => undefined;
  /** Changes where the browser is sent back to. */
  back: (url: URL) => void = () => undefined;
  /** Servers that are slow, down, or lie: in place of the real route, by path. */
  readonly routes = new Map<string, Route>();
  /** Of every request, `GET /path`. */
  readonly requests: string[] = [];
  /** Bodies of the requests to the token endpoint. */
  readonly exchanges: Claims[] = [];

  static async start(): Promise<IdentityProvider> {
    const provider = new IdentityProvider();
    await provider.newKey();
    provider.#listen();
    provider.#server = await serve((request, response) => provider.#take(request, response));
    provider.#issuer.url = provider.#server.url.replace('127.0.0.1', 'localhost');
    return provider;
  }

  get issuer(): string {
    return this.#issuer.url!;
  }

  /** Public ones, as they are published. */
  get keys(): object[] {
    return this.#issuer.keys.toJSON(false);
  }

  /** As new: what a test changed does not reach the next one. */
  reset(): void {
    this.claims = {};
    this.userinfo = {};
    this.people.clear();
    this.answer = () => undefined;
    this.back = () => undefined;
    this.routes.clear();
    this.requests.length = 0;
    this.exchanges.length = 0;
  }

  async newKey(): Promise<void> {
    await this.#issuer.keys.generate('RS256');
  }

  /** A code as an app would have got it, for somebody. */
  async codeFor(claims: Claims): Promise<string> {
    const asked = new URL(`${this.issuer}/authorize`);
    asked.search = new URLSearchParams({ response_type: 'code', redirect_uri: 'https://x.example' }).toString();
    const { headers } = await fetch(asked, { redirect: 'manual' });
    const code = new URL(headers.get('location')!).searchParams.get('code')!;
    this.people.set(code, claims);
    return code;
  }

  /** An ID token as an app on a phone would have got it. */
  idToken(claims: Claims): Promise<string> {
    return this.#issuer.buildToken({
      scopesOrTransform: (_header, payload) => assign(payload, { sub: 'johndoe', ...this.claims, ...claims }),
    });
  }

  /** Has whoever is on the way back be somebody. */
  as<T extends { back: URL }>(way: T, claims: Claims): T {
    this.people.set(way.back.searchParams.get('code')!, claims);
    return way;
  }

  /** What it says of itself from now on, beside where its endpoints are. */
  say(metadata: Claims): void {
    const { issuer } = this;
    const endpoints = { authorization_endpoint: '/authorize', token_endpoint: '/token', jwks_uri: '/jwks' };
    const urls = Object.entries(endpoints).map(([name, path]) => [name, issuer + path]);
    this.routes.set('/.well-known/openid-configuration', (_request, response) => {
      response.end(JSON.stringify({ issuer, ...Object.fromEntries(urls), ...metadata }));
    });
  }

  /** The real route, for one that was put in its place. */
  get real(): Route {
    return this.#service.requestHandler;
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
  }

  #listen(): void {
    this.#service.on('beforeTokenSigning', ({ payload }: MutableToken, { body }: { body: Claims }) => {
      assign(payload, this.claims);
      assign(payload, this.people.get(String(body['code'])) ?? {});
    });
    this.#service.on('beforeResponse', (response: MutableResponse, { body }: { body: Claims }) => {
      this.exchanges.push(body);
      this.answer(response);
    });
    this.#service.on('beforeUserinfo', (response: MutableResponse, { headers }: IncomingMessage) => {
      const { sub } = decodeJwt(headers.authorization!.replace(/^Bearer /i, ''));
      response.body = { sub, ...this.claims, ...this.userinfo };
    });
    this.#service.on('beforeAuthorizeRedirect', ({ url }: { url: URL }) => this.back(url));
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    const path = (request.url ?? '').replace(/\?.*$/, '');
    this.requests.push(`${request.method} ${path}`);
    const route = this.routes.get(path) ?? this.#service.requestHandler;
    route(request, response);
  }
}

function assign(payload: Claims, claims: Claims): void {
  for (const [name, value] of Object.entries(claims)) {
    if (value === undefined) delete payload[name];
    else payload[name] = value;
  }
}
