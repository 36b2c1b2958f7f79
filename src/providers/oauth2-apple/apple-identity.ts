import type { JWTPayload } from 'jose';
import { z } from 'zod';
import type { VerifiedIdentity } from '../../identities/verified-identity.js';
import { ExternalLoginRefused } from '../oauth2/oauth2.errors.js';
import { keptOf } from '../oauth2/profile-fields.js';
import { vouchedEmail } from '../oauth2/vouched-email.js';
import { faultInSubject } from '../subject.js';

const part = z.string().max(200).optional();
const userSchema = z.looseObject({ name: z.looseObject({ firstName: part, lastName: part }) });

/**
 * Apple has no fields to choose: an address, and a name the first time. The name comes by the browser, unsigned, so it is
 * what the person says of herself; the address is taken from the token only.
 *
 * @param user what Apple had the browser bring along
 * @throws ExternalLoginRefused
 */
export function identityOf(claims: JWTPayload, user: string | null = null): VerifiedIdentity {
  const fault = faultInSubject(claims.sub);
  if (fault !== undefined) throw new ExternalLoginRefused(`invalid ID token: the claim 'sub' ${fault}`);
  const { firstName = '', lastName = '' } = nameIn(user);
  const said = {
    email: claims['email'],
    name: `${firstName} ${lastName}`.trim(),
    first_name: firstName,
    last_name: lastName,
  };
  return {
    subject: claims.sub!,
    verifiedEmail: vouchedEmail(claims),
    data: keptOf(
      said,
      Object.keys(said).map((name) => ({ name })),
    ),
  };
}

function nameIn(user: string | null): { firstName?: string | undefined; lastName?: string | undefined } {
  if (user === null) return {};
  try {
    const parsed = userSchema.safeParse(JSON.parse(user));
    return parsed.success ? parsed.data.name : {};
  } catch {
    return {};
  }
}
