import { Module } from '@nestjs/common';
import { OAuth2Module } from '../oauth2/oauth2.module.js';
import { ProviderRegistry } from '../provider.registry.js';
import { GithubApi } from './github-api.js';
import { GithubProvider } from './github.provider.js';

@Module({ imports: [OAuth2Module], providers: [GithubProvider, GithubApi] })
export class GithubModule {
  constructor(registry: ProviderRegistry, provider: GithubProvider) {
    registry.register(provider);
  }
}
