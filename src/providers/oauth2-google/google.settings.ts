import { z } from 'zod';
import { clientId } from '../oauth2/client-ids.js';
import { allowedDomains } from '../oauth2/domains.js';
import { LONGEST_ID_TOKEN } from '../oauth2/id-tokens.js';
import { profileFields } from '../oauth2/profile-fields.js';
import { redirectUris } from '../oauth2/redirect-uris.js';

/** admin-api.md section 4. What is needed to log in may be missing while an app is set up: then nobody gets in. */
export const googleSettings = z.looseObject({
  config: z
    .looseObject({
      clientId: clientId.meta({ title: 'Client ID' }),
      openId: z.boolean().nullish(),
    })
    .nullish(),
  secret_config: z
    .looseObject({ clientSecret: z.string().nullish().meta({ title: 'Secret that holds the client secret' }) })
    .nullish(),
  metadata_fields: profileFields,
  redirect_uris: redirectUris,
  domain_restrictions: allowedDomains,
});

export type GoogleSettings = z.infer<typeof googleSettings>;

const LONGEST_CODE = 4_096;

/** With `nonce` it must be the token's, however that comes. */
export const googleCredentials = z
  .looseObject({
    authCode: z.string().min(1).max(LONGEST_CODE).optional(),
    id_token: z.string().min(1).max(LONGEST_ID_TOKEN).optional(),
    nonce: z.string().min(1).max(512).optional(),
  })
  .refine(({ authCode, id_token: token }) => (authCode ?? token) !== undefined, {
    path: ['authCode'],
    message: 'expected a code, or an id_token',
  });

export type GoogleCredentials = z.infer<typeof googleCredentials>;
