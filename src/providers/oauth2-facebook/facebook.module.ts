import { Module } from '@nestjs/common';
import { OAuth2Module } from '../oauth2/oauth2.module.js';
import { ProviderRegistry } from '../provider.registry.js';
import { FacebookProvider } from './facebook.provider.js';
import { TokenInspector } from './token-inspector.js';

@Module({ imports: [OAuth2Module], providers: [FacebookProvider, TokenInspector] })
export class FacebookModule {
  constructor(registry: ProviderRegistry, provider: FacebookProvider) {
    registry.register(provider);
  }
}
