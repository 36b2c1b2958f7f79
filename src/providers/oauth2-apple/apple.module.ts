import { Module } from '@nestjs/common';
import { OAuth2Module } from '../oauth2/oauth2.module.js';
import { ProviderRegistry } from '../provider.registry.js';
import { AppleSecret } from './apple-secret.js';
import { AppleProvider } from './apple.provider.js';

@Module({ imports: [OAuth2Module], providers: [AppleProvider, AppleSecret] })
export class AppleModule {
  constructor(registry: ProviderRegistry, provider: AppleProvider) {
    registry.register(provider);
  }
}
