import { z } from 'zod';
import { isOutboundUrl, OUTBOUND_URL } from '../../outbound/outbound-url.js';
import { claimFields } from '../claim-fields.js';

export const ALGORITHMS = ['HS256', 'RS256', 'ES256', 'EdDSA'] as const;

export type Algorithm = (typeof ALGORITHMS)[number];

const MAX_SKEW_SECONDS = 60;
const MAX_KEYS = 3;
const MAX_TOKEN = 1_000_000;

const flag = z.union([z.boolean(), z.enum(['true', 'false', ''])]).nullish();

/** admin-api.md section 4. Empty strings and nulls are what old tools send for keys they do not use. */
export const customTokenSettings = z.looseObject({
  config: z
    .looseObject({
      audience: z
        .union([z.string(), z.array(z.string())])
        .nullish()
        .meta({ title: 'Accepted audiences' }),
      requireAnyAudience: flag.meta({ title: 'One of the audiences is enough' }),
      signingAlgorithm: z
        .enum([...ALGORITHMS, ''])
        .nullish()
        .meta({ title: 'Signing algorithm' }),
      issuer: z.string().max(2_048).nullish().meta({ title: 'Issuer that the token must name' }),
      clockSkewSeconds: z
        .number()
        .min(0)
        .max(MAX_SKEW_SECONDS)
        .nullish()
        .meta({ title: 'Seconds that clocks may differ by' }),
      useJWKURI: flag.meta({ title: 'Read the keys from an address' }),
      jwkURI: z.string().max(2_048).nullish().meta({ title: 'Address of the key set' }),
    })
    .refine(({ useJWKURI, jwkURI }) => !isOn(useJWKURI) || isOutboundUrl(jwkURI ?? ''), {
      path: ['jwkURI'],
      message: `expected ${OUTBOUND_URL}`,
    })
    .nullish(),
  secret_config: z
    .looseObject({
      signingKeys: z
        .array(z.string().min(1))
        .max(MAX_KEYS, `at most ${MAX_KEYS} signing keys`)
        .nullish()
        .meta({ title: 'Secrets that hold the signing keys' }),
    })
    .nullish(),
  metadata_fields: claimFields,
});

export type CustomTokenSettings = z.infer<typeof customTokenSettings>;

export const customTokenCredentials = z.looseObject({ token: z.string().max(MAX_TOKEN) });

export type CustomTokenCredentials = z.infer<typeof customTokenCredentials>;

/** One document of the original's says that flags are strings. */
export function isOn(value: boolean | string | null | undefined): boolean {
  return value === true || value === 'true';
}
