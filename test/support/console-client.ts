import type { App } from '../../src/apps/app.model.js';
import type { AdminAccount } from './admin-client.js';
import type { TestServer } from './create-test-server.js';

export interface Page {
  status: number;
  location: string | null;
  headers: Headers;
  text: string;
}

/** A browser without script and without a screen: it keeps cookies, and sends the forms that pages hold. */
export class ConsoleClient {
  readonly cookies = new Map<string, string>();

  constructor(
    private readonly server: TestServer,
    readonly userAgent = 'test',
  ) {}

  app({ group, _id }: App): string {
    return `/console/groups/${group.toHexString()}/apps/${_id.toHexString()}`;
  }

  async login({ email, password }: Pick<AdminAccount, 'email' | 'password'>, next = ''): Promise<Page> {
    return this.send('/console/login', { email, password, next });
  }

  get(path: string): Promise<Page> {
    return this.#fetch(path, {});
  }

  /** Without a token: as somebody would who cannot read our pages. */
  send(path: string, fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Page> {
    const origin = new URL(this.server.publicUrl).origin;
    return this.#fetch(path, { method: 'POST', body: new URLSearchParams(fields), headers: { origin, ...headers } });
  }

  /** With the token that the page `on` holds. */
  async submit(on: string, path: string, fields: Record<string, string> = {}): Promise<Page> {
    const { text } = await this.get(on);
    const csrf = /name="_csrf" value="([^"]+)"/.exec(text)?.[1] ?? '';
    return this.send(path, { _csrf: csrf, ...fields }, { referer: this.server.publicUrl + on });
  }

  async #fetch(path: string, init: RequestInit): Promise<Page> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { ...(init.headers as Record<string, string>), 'user-agent': this.userAgent, cookie };
    const answer = await fetch(this.server.baseUrl + path, { ...init, headers, redirect: 'manual' });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    const location = answer.headers.get('location');
    return { status: answer.status, location, headers: answer.headers, text: await answer.text() };
  }
}
