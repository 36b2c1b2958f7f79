import { z } from 'zod';

const MOST = 100;
const LONGEST = 2_048;
/** What a browser would run, or look up on its own disk, instead of going somewhere. */
const NO_PLACE = new Set(['javascript:', 'data:', 'vbscript:', 'blob:', 'file:', 'about:']);

/** `redirect_uris` of a provider: pages that logins may end at, compared to the letter. */
export const redirectUris = z
  .array(
    z
      .string()
      .max(LONGEST)
      .superRefine((uri, context) => {
        const refuse = (message: string): void => context.addIssue({ code: 'custom', message });
        if (!URL.canParse(uri) || NO_PLACE.has(new URL(uri).protocol)) refuse(`'${uri}' is no absolute URL of a page`);
        else if (uri.includes('#')) refuse(`'${uri}' has a fragment, which is where the answer goes`);
      }),
  )
  .max(MOST)
  .nullish()
  .meta({ title: 'Redirect URIs' });

/** What a browser asks for when it starts a login: the page to end at, and the rest of the query. */
export interface StartQuery {
  redirect: string;
  rest: URLSearchParams;
}

/**
 * Finds the redirect URI of a request among those that are listed. Old SDKs write it into the query as `encodeURI` gives
 * it, so that its own `&` and `=` are raw and tear it apart (client-api.md section 10.1).
 *
 * @param query without `?`
 * @returns undefined where it names none of the list
 */
export function readStart(query: string, listed: readonly string[]): StartQuery | undefined {
  const params = new URLSearchParams(query);
  const whole = params.get('redirect');
  if (whole !== null && listed.includes(whole)) return { redirect: whole, rest: params };
  const start = /(?:^|&)redirect=/.exec(query);
  const end = query.lastIndexOf('&state=');
  if (!start || end < start.index) return undefined;
  const raw = decoded(query.slice(start.index + start[0].length, end));
  if (raw === undefined || !listed.includes(raw)) return undefined;
  return { redirect: raw, rest: new URLSearchParams(query.slice(end + 1)) };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURI(text);
  } catch {
    return undefined;
  }
}
