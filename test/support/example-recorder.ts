import type { Example } from '../../src/openapi/described-operation.js';
import type { Answer, ApiClient, RequestOptions } from './client.js';

export interface Wanted extends RequestOptions {
  /** For the names in the path. */
  at?: Record<string, string>;
  query?: string;
}

/** What differs from run to run, by the name of its field. */
const SOME_TIME = 1_767_225_600;
const SOME_DATE = '2026-01-01T00:00:00.000Z';
const FIXED: Record<string, unknown> = {
  access_token: '<access token>',
  refresh_token: '<refresh token>',
  token: '<token>',
  link: 'http://localhost:8300/console/invitation#<token>',
  kid: '<key id>',
  x: '<coordinate>',
  y: '<coordinate>',
  hash: '<SHA-256>',
  key: '<key>',
  prefix: '<beginning of the key>',
  apiKey: '<private key>',
  private_key: '<private key>',
  public_key: '<public key>',
  created: SOME_TIME,
  last_used: SOME_TIME,
  last_login: SOME_TIME,
  last_authentication_date: SOME_TIME,
  sessions_valid_since: 0,
  node: 'v20.20.2',
  database: 'latchkey',
  data_bytes: 32_768,
  storage_bytes: 1_048_576,
  disk_free_bytes: undefined,
  disk_total_bytes: undefined,
  warnings: [],
};

/** Makes requests, and keeps each with its answer: without what is secret or different in every run. */
export class ExampleRecorder {
  readonly examples: Record<string, Example> = {};
  readonly answers = new Map<string, Answer>();
  readonly #publicKeys = new Set<string>();
  readonly #ids = new Map<string, string>();

  constructor(
    private readonly client: ApiClient,
    private readonly publicUrl: string,
  ) {}

  /** @param route method and path as in the document. @throws when it is refused */
  async record(route: string, { at = {}, query = '', ...options }: Wanted = {}): Promise<Answer> {
    const [method = '', path = ''] = route.split(' ');
    const address = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(at[name] ?? `no ${name}`));
    const answer = await this.client.request(method, address + (query && `?${query}`), options);
    if (answer.status >= 400) throw new Error(`${route}: ${answer.status} ${answer.text}`);
    if (this.answers.has(route)) return answer;
    this.answers.set(route, answer);
    const isJson = answer.headers.get('content-type') === 'application/json';
    this.examples[route] = {
      ...(query === '' ? {} : { query: this.#settled(query) as string }),
      ...(options.body === undefined ? {} : { request: this.#settled(options.body) }),
      status: answer.status,
      ...(isJson ? { answer: this.#settled(JSON.parse(answer.text)) } : {}),
    };
    return answer;
  }

  #settled(value: unknown, field = ''): unknown {
    // Somebody will log in with it.
    if (field === 'public_key') this.#publicKeys.add(value as string);
    if (field in FIXED) return FIXED[field];
    if (typeof value === 'number') return value > 1e9 ? SOME_TIME : value;
    if (typeof value === 'string') return this.#text(value);
    if (Array.isArray(value)) return value.map((each) => this.#settled(each));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, this.#settled(each, name)]));
  }

  #text(text: string): string {
    if (this.#publicKeys.has(text)) return '<public key>';
    return text
      .replaceAll(this.publicUrl, 'http://localhost:8300')
      .replaceAll(this.publicUrl.replace(/^http/, 'ws'), 'ws://localhost:8300')
      .replaceAll(/\bshop-[a-z]{5}\b/g, 'shop-abcde')
      .replaceAll(/\b[0-9a-f]{128}\b/g, '<token>')
      .replaceAll(/\b(?!0{20})[0-9a-f]{24}\b/g, (id) => this.#id(id))
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, SOME_DATE)
      .replaceAll(/^\d{4}-\d\d-\d\d$/g, SOME_DATE.slice(0, 10));
  }

  /** Another one for each, the same for the same. */
  #id(id: string): string {
    const known = this.#ids.get(id) ?? `65f0${(this.#ids.size + 1).toString(16).padStart(20, '0')}`;
    this.#ids.set(id, known);
    return known;
  }
}
