import type { OpenedSession } from '../../sessions/session.view.js';

/** What a login by redirect ends with (client-api.md section 10.2). */
export interface RedirectAnswer {
  app: string;
  /** As the app gave it. */
  state: string;
  session?: OpenedSession;
  link?: boolean;
  error?: string;
  /** Of a link to what somebody else has: with it the two users can be merged. */
  mergeTicket?: string | undefined;
}

/** Newer SDKs read the first spelling, older ones the second; each passes over the other. */
const PREFIXES = ['_baas', '_stitch'];

/** The app's page, with the answer in the fragment: that goes to no server and into no log. */
export function withAnswer(
  redirect: string,
  { app, state, session, link, error, mergeTicket }: RedirectAnswer,
): string {
  const fields: [string, string | undefined][] = [
    ['client_app_id', app],
    ['state', state],
    ['ua', session && [session.accessToken, session.refreshToken, session.userId, session.deviceId].join('$')],
    ['link', link && session ? 'ok' : undefined],
    ['error', error],
    ['merge_ticket', mergeTicket],
  ];
  const pairs = PREFIXES.flatMap((prefix) =>
    fields.flatMap(([name, value]) => (value === undefined ? [] : [`${prefix}_${name}=${encodeURIComponent(value)}`])),
  );
  // Through URL, since a header is ASCII.
  return `${new URL(redirect).href}#${pairs.join('&')}`;
}
