import type { Config } from '../../config/config.js';
import { sha256Hex } from '../../crypto/tokens.js';
import { readCookie, writeCookie } from '../../http/cookies.js';

/** One per login, so that two at once in one browser do not meet. With https no other host of the domain can set it. */
function nameOf(config: Config, secret: string): string {
  return `${isSecure(config) ? '__Host-' : ''}latchkey-login-${sha256Hex(secret).slice(0, 16)}`;
}

/** @param secret the ticket or `state` that the browser brings along */
export function readLoginCookie(config: Config, header: string | undefined, secret: string): string | undefined {
  return readCookie(header, nameOf(config, secret)) || undefined;
}

export function writeLoginCookie(config: Config, secret: string, value: string, maxAgeSeconds: number): string {
  return writeCookie(nameOf(config, secret), value, { secure: isSecure(config), maxAgeSeconds });
}

function isSecure({ publicUrl }: Config): boolean {
  return publicUrl.startsWith('https:');
}
