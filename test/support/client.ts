/** What any answer of the client API may hold. Which fields are really there is for the test to say. */
export interface AnswerBody {
  access_token: string;
  refresh_token: string;
  user_id: string;
  device_id: string;
  error: string;
  error_code: string;
  [field: string]: unknown;
}

export interface Answer {
  status: number;
  headers: Headers;
  /** The parsed JSON body; an empty object when there was none or it was no JSON object (see `text`). */
  body: AnswerBody;
  text: string;
}

export interface RequestOptions {
  /** Sent as JSON, unless it is a string, a Uint8Array (both sent as they are) or undefined (no body at all). */
  body?: unknown;
  /** `Authorization: Bearer <token>` */
  token?: string | undefined;
  /** The whole `Authorization` header, for the malformed ones. */
  authorization?: string | undefined;
  /** Defaults to application/json when there is a body; null sends none. */
  contentType?: string | null;
  headers?: Record<string, string>;
}

/** The three things every logged-in caller has. */
export interface Tokens {
  accessToken: string;
  refreshToken: string;
  userId: string;
  deviceId: string;
}

export const CLIENT_PATH = '/api/client/v2.0';

/** One app as its client SDKs see it: plain requests over the built-in fetch, nothing retried, nothing hidden. */
export class ApiClient {
  constructor(
    readonly baseUrl: string,
    readonly clientAppId: string,
  ) {}

  /** The part of every path that names the app. */
  get appPath(): string {
    return `${CLIENT_PATH}/app/${this.clientAppId}`;
  }

  location(options?: RequestOptions): Promise<Answer> {
    return this.request('GET', `${this.appPath}/location`, options);
  }

  login(provider: string, body: unknown = {}, options: RequestOptions = {}): Promise<Answer> {
    return this.request('POST', `${this.appPath}/auth/providers/${provider}/login`, { body, ...options });
  }

  /** The anonymous login of the 3.x SDK. `device` goes into the query as base64 of its JSON. */
  loginByGet(device?: object, options?: RequestOptions): Promise<Answer> {
    const query = device ? `?device=${encodeURIComponent(base64(JSON.stringify(device)))}` : '';
    return this.request('GET', `${this.appPath}/auth/providers/anon-user/login${query}`, options);
  }

  register(body: unknown, options: RequestOptions = {}): Promise<Answer> {
    return this.request('POST', `${this.appPath}/auth/providers/local-userpass/register`, { body, ...options });
  }

  refresh(refreshToken?: string, options: RequestOptions = {}): Promise<Answer> {
    return this.request('POST', `${CLIENT_PATH}/auth/session`, { token: refreshToken, ...options });
  }

  logout(refreshToken?: string, options: RequestOptions = {}): Promise<Answer> {
    return this.request('DELETE', `${CLIENT_PATH}/auth/session`, { token: refreshToken, ...options });
  }

  profile(accessToken?: string, options: RequestOptions = {}): Promise<Answer> {
    return this.request('GET', `${CLIENT_PATH}/auth/profile`, { token: accessToken, ...options });
  }

  deleteUser(accessToken?: string, options: RequestOptions = {}): Promise<Answer> {
    return this.request('DELETE', `${CLIENT_PATH}/auth/delete`, { token: accessToken, ...options });
  }

  callFunction(accessToken?: string, body: unknown = { name: 'sum', arguments: [] }, options: RequestOptions = {}) {
    return this.request('POST', `${this.appPath}/functions/call`, { body, token: accessToken, ...options });
  }

  /** Registers the address and logs in with it. @throws when either is refused */
  async enter(username: string, password: string): Promise<Tokens> {
    const registered = await this.register({ email: username, password });
    if (registered.status !== 201) throw new Error(`register: ${registered.status} ${registered.text}`);
    return this.tokens(await this.login('local-userpass', { username, password }));
  }

  /** A new anonymous user. @throws when refused */
  async enterAnonymously(): Promise<Tokens> {
    return this.tokens(await this.login('anon-user'));
  }

  tokens({ status, text, body }: Answer): Tokens {
    if (status !== 200) throw new Error(`login: ${status} ${text}`);
    return {
      accessToken: body.access_token,
      refreshToken: body.refresh_token,
      userId: body.user_id,
      deviceId: body.device_id,
    };
  }

  async request(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
    const { body, token, contentType = 'application/json' } = options;
    const headers: Record<string, string> = { ...options.headers };
    const authorization = options.authorization ?? (token === undefined ? undefined : `Bearer ${token}`);
    if (authorization !== undefined) headers.authorization = authorization;
    if (body !== undefined && contentType !== null) headers['content-type'] = contentType;
    const response = await fetch(this.baseUrl + path, { method, headers, body: wireBody(body), redirect: 'manual' });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: parsed(text) };
  }
}

/** Bytes, not a string: for a string fetch would add a content type of its own. */
function wireBody(body: unknown): Uint8Array<ArrayBuffer> | null {
  if (body === undefined) return null;
  if (body instanceof Uint8Array) return new Uint8Array(body);
  return new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body));
}

function parsed(text: string): AnswerBody {
  try {
    const value: unknown = JSON.parse(text);
    return (typeof value === 'object' && value !== null ? value : {}) as AnswerBody;
  } catch {
    return {} as AnswerBody;
  }
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
