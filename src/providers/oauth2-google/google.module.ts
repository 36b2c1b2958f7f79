import { Module } from '@nestjs/common';
import { OAuth2Module } from '../oauth2/oauth2.module.js';
import { ProviderRegistry } from '../provider.registry.js';
import { GoogleProvider } from './google.provider.js';

@Module({ imports: [OAuth2Module], providers: [GoogleProvider] })
export class GoogleModule {
  constructor(registry: ProviderRegistry, provider: GoogleProvider) {
    registry.register(provider);
  }
}
