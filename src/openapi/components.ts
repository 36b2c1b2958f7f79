import { cookieNameOf } from '../admin/auth/admin-cookie.js';
import type { Config } from '../config/config.js';
import { jsonSchemaOf, NAMED_SHAPES } from './described-operation.js';

const bearer = (description: string) => ({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description });

/** What operations refer to. */
export function componentsOf(config: Config): Record<string, unknown> {
  const schemas = [...NAMED_SHAPES].map(([shape, name]) => [name, jsonSchemaOf(shape)]);
  return {
    schemas: Object.fromEntries(schemas),
    responses: {
      Error: {
        description: 'Refused, or it went wrong: a status from 400, with one body',
        content: {
          'application/json': {
            schema: { $ref: '#/components/schemas/ErrorBody' },
            example: { error: 'invalid username/password', error_code: 'InvalidPassword' },
          },
        },
      },
    },
    securitySchemes: {
      userAccessToken: bearer('what a login gives a user'),
      userRefreshToken: bearer('the other token of a login'),
      adminAccessToken: bearer('what a login gives an administrator'),
      adminRefreshToken: bearer('the other token of such a login'),
      adminCookie: {
        type: 'apiKey',
        in: 'cookie',
        name: cookieNameOf(config),
        description: 'a login with `?cookie=true`; requests that change something must come from a page of this server',
      },
      serverKey: { type: 'http', scheme: 'basic', description: 'a server API key: its `_id`, and the key' },
    },
  };
}
