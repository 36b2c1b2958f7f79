import { z } from 'zod';
import type { VerifiedIdentity } from '../../identities/verified-identity.js';
import { OutboundFailed } from '../../outbound/outbound.errors.js';
import { areRestricted, checkDomain } from '../oauth2/domains.js';
import { keptOf, wants } from '../oauth2/profile-fields.js';
import { faultInSubject } from '../subject.js';
import type { FacebookSettings } from './facebook.settings.js';

/** What the Graph API says of a person, as far as it is used. */
const profileSchema = z.looseObject({
  id: z.string(),
  picture: z.looseObject({ data: z.looseObject({ url: z.string().optional() }).optional() }).optional(),
  age_range: z.looseObject({ min: z.number().optional(), max: z.number().optional() }).optional(),
});

/** What is asked for, and with which permission. Everything else comes with every login. */
const PERMISSIONS: Record<string, { field: string; permission: string }> = {
  email: { field: 'email', permission: 'email' },
  birthday: { field: 'birthday', permission: 'user_birthday' },
  gender: { field: 'gender', permission: 'user_gender' },
  min_age: { field: 'age_range', permission: 'user_age_range' },
  max_age: { field: 'age_range', permission: 'user_age_range' },
};

const OPEN_FIELDS = ['name', 'first_name', 'last_name', 'picture'];

/** What the settings want to know. */
export function wishesOf({ metadata_fields: fields, domain_restrictions: domains }: FacebookSettings): {
  permissions: string[];
  fields: string[];
} {
  const needsEmail = areRestricted(domains);
  const asked = Object.entries(PERMISSIONS)
    .filter(([name]) => wants(fields, name) || (needsEmail && name === 'email'))
    .map(([, wish]) => wish);
  const open = OPEN_FIELDS.filter((name) => wants(fields, name));
  return {
    permissions: [...new Set(['public_profile', ...asked.map(({ permission }) => permission)])],
    // In passport-facebook's words, where `name` is something else.
    fields: [
      ...new Set([
        'id',
        ...open.map((name) => (name === 'name' ? 'displayName' : name)),
        ...asked.map(({ field }) => field),
      ]),
    ],
  };
}

/**
 * Fields: https://developers.facebook.com/docs/graph-api/reference/user
 *
 * @throws DomainNotAllowed, OutboundFailed
 */
export function identityOf(settings: FacebookSettings, profile: unknown): VerifiedIdentity {
  const parsed = profileSchema.safeParse(profile);
  if (!parsed.success || faultInSubject(parsed.data.id) !== undefined) {
    throw new OutboundFailed('the profile is not as it should be');
  }
  const { id, picture, age_range: age, ...said } = parsed.data;
  // Facebook gives an address only once its owner has confirmed it.
  checkDomain(settings.domain_restrictions, said['email']);
  const data = { ...said, picture: picture?.data?.url, min_age: age?.min, max_age: age?.max };
  // But its answer does not say so: nobody is joined by it.
  return { subject: id, data: keptOf(data, settings.metadata_fields) };
}
