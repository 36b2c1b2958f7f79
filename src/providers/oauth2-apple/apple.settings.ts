import { z } from 'zod';
import { clientId } from '../oauth2/client-ids.js';
import { LONGEST_ID_TOKEN } from '../oauth2/id-tokens.js';
import { redirectUris } from '../oauth2/redirect-uris.js';

const id = z.string().max(64).nullish();
const secretName = z.string().nullish();

/**
 * admin-api.md section 4, and own-routes.md. What is needed to log in may be missing while an app is set up: then nobody
 * gets in.
 */
export const appleSettings = z.looseObject({
  config: z
    .looseObject({
      clientId: clientId.meta({ title: 'Services ID (pages) or bundle ID (apps)' }),
      clientIds: z.array(z.string().max(512)).max(10).nullish().meta({ title: 'Further client IDs' }),
      teamId: id.meta({ title: 'Team ID, to sign with a private key' }),
      keyId: id.meta({ title: 'Key ID of the private key' }),
    })
    .nullish(),
  secret_config: z
    .looseObject({
      clientSecret: secretName.meta({ title: 'Secret that holds a client secret that was signed elsewhere' }),
      privateKey: secretName.meta({ title: 'Secret that holds the private key (.p8)' }),
    })
    .nullish(),
  redirect_uris: redirectUris,
});

export type AppleSettings = z.infer<typeof appleSettings>;

const LONGEST_CODE = 4_096;

/** With `nonce` it must be the token's. */
export const appleCredentials = z
  .looseObject({
    id_token: z.string().min(1).max(LONGEST_ID_TOKEN).optional(),
    code: z.string().min(1).max(LONGEST_CODE).optional(),
    nonce: z.string().min(1).max(512).optional(),
  })
  .refine(({ id_token: token, code }) => (token ?? code) !== undefined, {
    path: ['id_token'],
    message: 'expected an id_token, or a code',
  });

export type AppleCredentials = z.infer<typeof appleCredentials>;
