import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { serve, type Loopback } from './loopback.js';

interface Issued {
  clientId: string;
  person: Record<string, unknown>;
}

/** Facebook's dialog and Graph API, in as much as a login needs them. No package has them. */
export class FakeFacebook {
  readonly codes = new Map<string, Issued & { challenge: string | null; redirect: string }>();
  readonly tokens = new Map<string, Issued & { inspection?: object }>();
  readonly calls: URL[] = [];
  /** Whoever opens the dialog. */
  person: Record<string, unknown> = { id: '1' };
  secrets = new Map<string, string>();
  /** In place of an answer, by path. */
  readonly routes = new Map<string, (response: ServerResponse) => void>();
  #count = 0;
  #server: Loopback | undefined;

  static async start(): Promise<FakeFacebook> {
    const facebook = new FakeFacebook();
    facebook.#server = await serve((request, response) => void facebook.#take(request, response));
    return facebook;
  }

  get url(): string {
    return this.#server!.url;
  }

  stop(): Promise<void> {
    return this.#server!.stop();
  }

  token(clientId: string, person: Record<string, unknown>, inspection?: object): string {
    this.#count += 1;
    const token = `EAAB${this.#count}`;
    this.tokens.set(token, { clientId, person, ...(inspection ? { inspection } : {}) });
    return token;
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', this.url);
    this.calls.push(url);
    const trouble = this.routes.get(url.pathname);
    if (trouble) return trouble(response);
    const bearer = request.headers.authorization?.replace('Bearer ', '') ?? '';
    if (url.pathname === '/dialog/oauth') return this.#dialog(url, response);
    if (url.pathname === '/oauth/access_token') {
      return this.#exchange(new URLSearchParams(await text(request)), response);
    }
    if (url.pathname === '/debug_token') return this.#inspect(url, bearer, response);
    if (url.pathname === '/me') return this.#me(url, bearer, response);
    json(response, 404, {});
  }

  #dialog({ searchParams }: URL, response: ServerResponse): void {
    this.#count += 1;
    const code = `AQ${this.#count}`;
    const redirect = searchParams.get('redirect_uri')!;
    this.codes.set(code, {
      clientId: searchParams.get('client_id')!,
      person: this.person,
      challenge: searchParams.get('code_challenge'),
      redirect,
    });
    const back = new URL(redirect);
    back.search = new URLSearchParams({ code, state: searchParams.get('state') ?? '' }).toString();
    response.writeHead(302, { location: back.href }).end();
  }

  #exchange(form: URLSearchParams, response: ServerResponse): void {
    const code = form.get('code') ?? '';
    const issued = this.codes.get(code);
    this.codes.delete(code);
    const { clientId, person, redirect, challenge } = issued ?? {};
    const isRight = clientId === form.get('client_id') && redirect === form.get('redirect_uri');
    if (!isRight || challenge !== challengeOf(form.get('code_verifier') ?? '')) {
      return json(response, 400, fault('This authorization code has been used.', 100));
    }
    if (form.get('client_secret') !== this.secrets.get(clientId)) {
      return json(response, 400, fault('Error validating client secret.', 1));
    }
    json(response, 200, { access_token: this.token(clientId, person!), token_type: 'bearer', expires_in: 5_000 });
  }

  #inspect({ searchParams }: URL, bearer: string, response: ServerResponse): void {
    const [id = '', secret] = bearer.split('|');
    if (this.secrets.get(id) !== secret) return json(response, 400, fault('Invalid application', 101));
    const issued = this.tokens.get(searchParams.get('input_token') ?? '');
    if (!issued) return json(response, 200, { data: { is_valid: false, error: { code: 190 } } });
    const { clientId, person, inspection } = issued;
    const fine = { app_id: clientId, user_id: person['id'], type: 'USER', is_valid: true, expires_at: 4_000_000_000 };
    json(response, 200, { data: { ...fine, ...inspection } });
  }

  #me({ searchParams }: URL, bearer: string, response: ServerResponse): void {
    const issued = this.tokens.get(bearer);
    const proof = createHmac('sha256', this.secrets.get(issued?.clientId ?? '') ?? '')
      .update(bearer)
      .digest('hex');
    if (!issued || searchParams.get('appsecret_proof') !== proof) {
      return json(response, 400, fault('Invalid OAuth access token.', 190));
    }
    const fields = (searchParams.get('fields') ?? 'id,name').split(',');
    const said = Object.entries(issued.person).filter(([name]) => fields.includes(name));
    json(response, 200, Object.fromEntries(said));
  }
}

const challengeOf = (verifier: string) => createHash('sha256').update(verifier).digest('base64url');

export const fault = (message: string, code: number) => ({
  error: { message, type: 'OAuthException', code, fbtrace_id: 'x' },
});

export function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
