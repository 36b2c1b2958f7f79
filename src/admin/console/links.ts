import type { Config } from '../../config/config.js';

/** Path of the console as browsers see it, what a proxy serves us under included. */
export function consoleBase({ publicUrl }: Config): string {
  return `${new URL(publicUrl).pathname.replace(/\/+$/, '')}/console`;
}
