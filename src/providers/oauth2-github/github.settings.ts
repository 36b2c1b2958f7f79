import { z } from 'zod';
import { clientId } from '../oauth2/client-ids.js';
import { allowedDomains } from '../oauth2/domains.js';
import { profileFields } from '../oauth2/profile-fields.js';
import { redirectUris } from '../oauth2/redirect-uris.js';

/** As of the other providers of the kind. What is needed to log in may be missing while an app is set up. */
export const githubSettings = z.looseObject({
  config: z.looseObject({ clientId: clientId.meta({ title: 'Client ID' }) }).nullish(),
  secret_config: z
    .looseObject({ clientSecret: z.string().nullish().meta({ title: 'Secret that holds the client secret' }) })
    .nullish(),
  metadata_fields: profileFields,
  redirect_uris: redirectUris,
  domain_restrictions: allowedDomains,
});

export type GithubSettings = z.infer<typeof githubSettings>;

const LONGEST_CODE = 4_096;

export const githubCredentials = z.looseObject({
  authCode: z.string().min(1).max(LONGEST_CODE),
  /** Of an app that asked for the code with PKCE (RFC 7636 §4.1). */
  codeVerifier: z.string().min(43).max(128).optional(),
});

export type GithubCredentials = z.infer<typeof githubCredentials>;
