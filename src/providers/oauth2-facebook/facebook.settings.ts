import { z } from 'zod';
import { clientId } from '../oauth2/client-ids.js';
import { allowedDomains } from '../oauth2/domains.js';
import { profileFields } from '../oauth2/profile-fields.js';
import { redirectUris } from '../oauth2/redirect-uris.js';

/** admin-api.md section 4. What is needed to log in may be missing while an app is set up: then nobody gets in. */
export const facebookSettings = z.looseObject({
  config: z.looseObject({ clientId: clientId.meta({ title: 'App ID' }) }).nullish(),
  secret_config: z
    .looseObject({ clientSecret: z.string().nullish().meta({ title: 'Secret that holds the app secret' }) })
    .nullish(),
  metadata_fields: profileFields,
  redirect_uris: redirectUris,
  domain_restrictions: allowedDomains,
});

export type FacebookSettings = z.infer<typeof facebookSettings>;

const LONGEST_TOKEN = 4_096;

export const facebookCredentials = z.looseObject({ accessToken: z.string().min(1).max(LONGEST_TOKEN) });

export type FacebookCredentials = z.infer<typeof facebookCredentials>;
