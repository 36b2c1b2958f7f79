import type { JWTPayload } from 'jose';
import { vouchedEmail } from '../oauth2/vouched-email.js';

/** Of the clouds that it has. */
const HOSTS = new Set([
  'login.microsoftonline.com',
  'login.microsoftonline.us',
  'login.partner.microsoftonline.cn',
  'sts.windows.net',
]);

/** Whether an issuer is a directory of Microsoft's, or was said to be one. */
export function isMicrosoft({ issuer, preset }: { issuer: string; preset?: string | null | undefined }): boolean {
  return preset === 'microsoft' || HOSTS.has(new URL(issuer).hostname);
}

/**
 * Whoever administers a directory may write any address into `email`. Only `xms_edov` says that the domain of the address is
 * the directory's own.
 *
 * https://learn.microsoft.com/en-us/entra/identity-platform/migrate-off-email-claim-authorization
 */
export function emailOfDirectory({ email, xms_edov: isOwned }: JWTPayload): string | undefined {
  return vouchedEmail({ email, email_verified: isOwned === 1 || isOwned === '1' || isOwned });
}
