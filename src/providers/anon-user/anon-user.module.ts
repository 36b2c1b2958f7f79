import { Module } from '@nestjs/common';
import { ProviderRegistry } from '../provider.registry.js';
import { AnonUserController } from './anon-user.controller.js';
import { AnonUserProvider } from './anon-user.provider.js';

@Module({ controllers: [AnonUserController], providers: [AnonUserProvider] })
export class AnonUserModule {
  constructor(registry: ProviderRegistry, provider: AnonUserProvider) {
    registry.register(provider);
  }
}
