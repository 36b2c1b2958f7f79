/**
 * @param header `Cookie`, as it was sent
 * @returns the first of that name: browsers send the most specific one first (RFC 6265 §5.4)
 */
export function readCookie(header: string | undefined, name: string): string | undefined {
  const start = `${name}=`;
  const pair = header?.split(';').find((part) => part.trimStart().startsWith(start));
  return pair?.trim().slice(start.length);
}

export interface CookieOptions {
  secure: boolean;
  /** Without it, the cookie goes with the browser session; 0 removes it. */
  maxAgeSeconds?: number;
}

/**
 * A `Set-Cookie` header for something only the server reads, on all our paths.
 *
 * @param value base64url or the like: nothing in it is escaped
 */
export function writeCookie(name: string, value: string, { secure, maxAgeSeconds }: CookieOptions): string {
  if (!/^[\w.~-]*$/.test(value)) throw new RangeError('a cookie value of ours is base64url');
  const parts = [`${name}=${value}`, 'Path=/', 'HttpOnly', 'SameSite=Lax'];
  if (secure) parts.push('Secure');
  if (maxAgeSeconds !== undefined) parts.push(`Max-Age=${maxAgeSeconds}`);
  return parts.join('; ');
}
