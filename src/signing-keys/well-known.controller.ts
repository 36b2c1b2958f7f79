import { Controller, Get, Header, UseGuards } from '@nestjs/common';
import { App } from '../apps/app.model.js';
import { AppGuard, CurrentApp } from '../apps/app.guard.js';
import { Config } from '../config/config.js';
import { Token } from '../http/token-kind.decorator.js';
import { issuerOf } from './issuer.js';
import { SigningKeysService } from './signing-keys.service.js';

const CLIENT_AUTHENTICATION = ['client_secret_basic', 'client_secret_post'];
const FIVE_MINUTES = 'public, max-age=300';

/** What a backend needs to verify access tokens with any JWT library. */
@Controller()
@UseGuards(AppGuard)
@Token('none')
export class WellKnownController {
  constructor(
    private readonly config: Config,
    private readonly signingKeys: SigningKeysService,
  ) {}

  @Get('api/client/v2.0/app/:clientAppId/.well-known/jwks.json')
  @Header('cache-control', FIVE_MINUTES)
  async keys(@CurrentApp() app: App): Promise<{ keys: Record<string, string>[] }> {
    return this.signingKeys.publicKeysOf(app);
  }

  /** OpenID Connect Discovery puts it under the issuer, RFC 8414 §3.1 before the issuer's path. */
  @Get([
    'api/client/v2.0/app/:clientAppId/.well-known/openid-configuration',
    '.well-known/oauth-authorization-server/api/client/v2.0/app/:clientAppId',
  ])
  @Header('cache-control', FIVE_MINUTES)
  async metadata(@CurrentApp() app: App): Promise<Record<string, unknown>> {
    const issuer = issuerOf(this.config, app);
    return {
      issuer,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
      introspection_endpoint: `${issuer}/auth/introspect`,
      introspection_endpoint_auth_methods_supported: CLIENT_AUTHENTICATION,
      revocation_endpoint: `${issuer}/auth/revoke`,
      revocation_endpoint_auth_methods_supported: CLIENT_AUTHENTICATION,
      latchkey_revocations_uri: `${issuer}/revocations`,
      latchkey_revocations_stream_uri: `${issuer}/revocations/stream`,
      id_token_signing_alg_values_supported: await this.signingKeys.algorithmsOf(app),
      subject_types_supported: ['public'],
    };
  }
}
