import type { Config } from '../../config/config.js';
import { writeCookie } from '../../http/cookies.js';

/** With https, the prefix keeps other hosts of the same domain from setting it (RFC 6265bis §4.1.3.2). */
export function cookieNameOf(config: Config): string {
  return isSecure(config) ? '__Host-latchkey-admin' : 'latchkey-admin';
}

/** The `Set-Cookie` header that keeps a console session, or ends it where there is no token. */
export function sessionCookie(config: Config, token: string | undefined): string {
  const options = { secure: isSecure(config), ...(token === undefined ? { maxAgeSeconds: 0 } : {}) };
  return writeCookie(cookieNameOf(config), token ?? '', options);
}

function isSecure({ publicUrl }: Config): boolean {
  return publicUrl.startsWith('https:');
}
