import { Module } from '@nestjs/common';
import { SecretsModule } from '../../secrets/secrets.module.js';
import { ProviderRegistry } from '../provider.registry.js';
import { CustomTokenProvider } from './custom-token.provider.js';

@Module({ imports: [SecretsModule], providers: [CustomTokenProvider] })
export class CustomTokenModule {
  constructor(registry: ProviderRegistry, provider: CustomTokenProvider) {
    registry.register(provider);
  }
}
