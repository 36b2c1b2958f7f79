import { z } from 'zod';
import { isOutboundUrl, OUTBOUND_URL } from '../../outbound/outbound-url.js';
import { claimFields } from '../claim-fields.js';
import { allowedDomains } from '../oauth2/domains.js';
import { LONGEST_ID_TOKEN } from '../oauth2/id-tokens.js';
import { redirectUris } from '../oauth2/redirect-uris.js';
import { isTenantId } from '../oauth2/tenants.js';

const issuer = z
  .string()
  .max(2_048)
  .refine((text) => isOutboundUrl(text) && !/[?#{}]/.test(text), {
    message: `expected ${OUTBOUND_URL}, without query and fragment, and with nothing in braces`,
  });

/** own-routes.md: any OpenID Connect issuer. */
export const oidcSettings = z.looseObject({
  config: z.looseObject({
    issuer: issuer.meta({ title: 'Issuer' }),
    clientId: z.string().min(1).max(512).meta({ title: 'Client ID' }),
    scopes: z
      .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/, 'a scope has no blanks and quotes'))
      .max(32)
      .nullish()
      .meta({ title: 'Scopes beside openid' }),
    preset: z
      .string()
      .max(64)
      .nullish()
      .meta({ title: 'Service', help: 'Whose issuer it is, where it is one that Latchkey knows' }),
    tenants: z
      .array(z.string().refine(isTenantId, { message: 'a tenant ID is a UUID in lower case' }))
      .max(100)
      .nullish()
      .meta({ title: 'Directories that may log in', help: 'Tenant IDs of Microsoft. None: all of the issuer.' }),
    subjectClaim: z.string().max(256).nullish().meta({ title: 'Claim that is the user, if not sub' }),
  }),
  secret_config: z
    .looseObject({
      clientSecret: z.string().min(1).nullish().meta({ title: 'Secret that holds the client secret' }),
    })
    .nullish(),
  metadata_fields: claimFields,
  redirect_uris: redirectUris,
  domain_restrictions: allowedDomains,
});

export type OidcSettings = z.infer<typeof oidcSettings>;

/** For clients that have an ID token already. With `nonce` it must be the token's. */
export const oidcCredentials = z.looseObject({
  id_token: z.string().min(1).max(LONGEST_ID_TOKEN),
  nonce: z.string().min(1).max(512).optional(),
});

export type OidcCredentials = z.infer<typeof oidcCredentials>;
