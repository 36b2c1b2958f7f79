import { Module } from '@nestjs/common';
import { ProviderRegistry } from '../provider.registry.js';
import { CustomFunctionProvider } from './custom-function.provider.js';

@Module({ providers: [CustomFunctionProvider] })
export class CustomFunctionModule {
  constructor(registry: ProviderRegistry, provider: CustomFunctionProvider) {
    registry.register(provider);
  }
}
