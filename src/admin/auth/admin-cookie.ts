import { fastifyCookie } from '@fastify/cookie';
import type { Config } from '../../config/config.js';

/** With https, the prefix keeps other hosts of the same domain from setting it (RFC 6265bis §4.1.3.2). */
export function cookieNameOf({ publicUrl }: Config): string {
  return publicUrl.startsWith('https:') ? '__Host-latchkey-admin' : 'latchkey-admin';
}

/** The `Set-Cookie` header that keeps a console session, or ends it where there is no token. */
export function sessionCookie(config: Config, token: string | undefined): string {
  return fastifyCookie.serialize(cookieNameOf(config), token ?? '', {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: config.publicUrl.startsWith('https:'),
    ...(token === undefined ? { maxAge: 0 } : {}),
  });
}
