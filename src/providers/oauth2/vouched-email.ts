import type { JWTPayload } from 'jose';

/** The address that the provider vouches for (OpenID Connect Core §5.1): a flag, which Apple has written as a text. */
export function vouchedEmail({ email, email_verified: isVerified }: JWTPayload): string | undefined {
  return typeof email === 'string' && (isVerified === true || isVerified === 'true') ? email : undefined;
}
