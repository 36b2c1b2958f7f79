import type { JWTPayload } from 'jose';
import type { VerifiedIdentity } from '../../identities/verified-identity.js';
import { checkAllowed } from '../oauth2/domains.js';
import { ExternalLoginRefused } from '../oauth2/oauth2.errors.js';
import { keptOf } from '../oauth2/profile-fields.js';
import { vouchedEmail } from '../oauth2/vouched-email.js';
import { faultInSubject } from '../subject.js';
import type { GoogleSettings } from './google.settings.js';

const CONSUMER_DOMAINS = new Set(['gmail.com', 'googlemail.com']);

/**
 * Claims: https://developers.google.com/identity/openid-connect/openid-connect#an-id-tokens-payload
 *
 * @throws ExternalLoginRefused, DomainNotAllowed
 */
export function identityOf(
  { metadata_fields: fields, domain_restrictions: domains }: GoogleSettings,
  claims: JWTPayload,
): VerifiedIdentity {
  const fault = faultInSubject(claims.sub);
  if (fault !== undefined) throw new ExternalLoginRefused(`invalid ID token: the claim 'sub' ${fault}`);
  checkAllowed(domains, domainOf(claims));
  const { given_name: first, family_name: last, name, picture, email } = claims;
  return {
    subject: claims.sub!,
    verifiedEmail: vouchedEmail(claims),
    data: keptOf({ name, first_name: first, last_name: last, picture, email }, fields),
  };
}

/**
 * `hd` is the organisation that Google vouches for. The part after `@` says who somebody belongs to only where Google gave
 * the address itself: anybody may have a Google account with an address of elsewhere, also one that is not theirs any more.
 */
function domainOf({ hd, email, email_verified: isVerified }: JWTPayload): string | undefined {
  if (typeof hd === 'string') return hd;
  if (typeof email !== 'string' || isVerified !== true) return undefined;
  const domain = email.slice(email.lastIndexOf('@') + 1).toLowerCase();
  return CONSUMER_DOMAINS.has(domain) ? domain : undefined;
}
