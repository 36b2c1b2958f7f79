import type { Config } from '../../config/config.js';

/** Path of the console as browsers see it, what a proxy serves us under included. */
export function consoleBase({ publicUrl }: Config): string {
  return `${new URL(publicUrl).pathname.replace(/\/+$/, '')}/console`;
}

/** @returns a page of the console, whatever was asked for */
export function ownPath(next: unknown, base: string): string {
  const inside = typeof next === 'string' && next.startsWith(`${base}/`) && /^[\w/?=&%.:+-]+$/.test(next);
  return inside && !next.includes('//') && !next.includes('..') ? next : base;
}
