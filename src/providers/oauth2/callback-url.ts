import type { Config } from '../../config/config.js';

/** Where identity providers send browsers back to: one address for all apps and providers. */
export function callbackUrlOf({ publicUrl }: Config): string {
  return `${publicUrl}/api/client/v2.0/auth/callback`;
}
