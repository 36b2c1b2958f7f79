import { Module } from '@nestjs/common';
import { SecretsModule } from '../../secrets/secrets.module.js';
import { OAuth2Module } from '../oauth2/oauth2.module.js';
import { ProviderRegistry } from '../provider.registry.js';
import { OidcProvider } from './oidc.provider.js';

@Module({ imports: [OAuth2Module, SecretsModule], providers: [OidcProvider] })
export class OidcModule {
  constructor(registry: ProviderRegistry, provider: OidcProvider) {
    registry.register(provider);
  }
}
