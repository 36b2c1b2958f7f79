/** Where a visitor ended: at a page of ours, or sent away to somewhere that no test runs. */
export interface Arrival {
  url: URL;
  status: number;
  headers: Headers;
  text: string;
}

const MOST_STEPS = 12;

/** A browser as far as logins by redirect need one: it keeps cookies by host, as browsers do, and follows redirects. */
export class Visitor {
  /** By host, then by name. */
  readonly cookies = new Map<string, Map<string, string>>();

  /** Follows until a page is shown, or the next address is not on this machine. */
  async open(url: string | URL, form?: Record<string, string>): Promise<Arrival> {
    let next = new URL(url);
    let body = form && new URLSearchParams(form);
    for (let steps = 0; steps < MOST_STEPS; steps += 1) {
      const { arrival, location, keepsForm } = await this.step(next, body);
      if (!location) return arrival;
      next = new URL(location, next);
      if (!isHere(next)) return { ...arrival, url: next };
      if (!keepsForm) body = undefined;
    }
    throw new Error(`too many redirects, last to ${next.href}`);
  }

  /** One request. */
  async step(
    url: URL,
    form?: URLSearchParams,
  ): Promise<{ arrival: Arrival; location: string | null; keepsForm: boolean }> {
    const cookie = [...(this.cookies.get(url.hostname) ?? [])].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, {
      method: form ? 'POST' : 'GET',
      ...(form ? { body: form } : {}),
      headers: { accept: 'text/html,application/xhtml+xml', ...(cookie ? { cookie } : {}) },
      redirect: 'manual',
    });
    for (const line of response.headers.getSetCookie()) this.#keep(url.hostname, line);
    const { status, headers } = response;
    const arrival = { url, status, headers, text: await response.text() };
    const isRedirect = status >= 301 && status <= 308;
    return { arrival, location: isRedirect ? headers.get('location') : null, keepsForm: status >= 307 };
  }

  #keep(host: string, line: string): void {
    const [pair = '', ...attributes] = line.split('; ');
    const name = pair.slice(0, pair.indexOf('='));
    const jar = this.cookies.get(host) ?? new Map<string, string>();
    this.cookies.set(host, jar);
    if (attributes.includes('Max-Age=0')) jar.delete(name);
    else jar.set(name, pair.slice(pair.indexOf('=') + 1));
  }
}

function isHere({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '127.0.0.1';
}

/** The fields in a fragment as SDKs read them: split at `&` and `=`, then decoded. */
export function fragmentOf({ hash }: URL): Record<string, string> {
  const pairs = hash
    .slice(1)
    .split('&')
    .map((pair) => pair.split('='));
  return Object.fromEntries(pairs.map(([name = '', value = '']) => [name, decodeURIComponent(value)]));
}
