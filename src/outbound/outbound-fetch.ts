import type { Outbound } from './outbound.js';

export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

/** A `fetch` for libraries that bring their own HTTP, so that their calls take the one door too. It follows no redirect. */
export function outboundFetch(outbound: Outbound): Fetch {
  return async (url, init = {}) => {
    const { body, method = 'GET' } = init;
    if (method !== 'GET' && method !== 'POST') throw new TypeError(`no ${method} goes out`);
    const headers = Object.fromEntries(new Headers(init.headers));
    const text = textOf(body);
    const answer = await outbound.request(url, { method, headers, ...(text === undefined ? {} : { body: text }) });
    // A Response refuses what is no final status, and a body where the status has none.
    const status = answer.status >= 200 && answer.status <= 599 ? answer.status : 502;
    const bytes = [204, 205, 304].includes(status) ? null : new Uint8Array(answer.body);
    const type = answer.headers['content-type'];
    return new Response(bytes, { status, ...(type === undefined ? {} : { headers: { 'content-type': type } }) });
  };
}

function textOf(body: RequestInit['body']): string | undefined {
  if (body === undefined || body === null) return undefined;
  if (typeof body === 'string' || body instanceof URLSearchParams) return String(body);
  throw new TypeError('only text goes out');
}
