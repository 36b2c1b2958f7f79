import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { SessionsModule } from '../../sessions/sessions.module.js';
import { UsersModule } from '../../users/users.module.js';
import { ProviderRegistry } from '../provider.registry.js';
import { ApiKey, ApiKeySchema } from './api-key.model.js';
import { ApiKeyProvider } from './api-key.provider.js';
import { UserKeysController } from './user-keys.controller.js';
import { UserKeysService } from './user-keys.service.js';

@Module({
  imports: [MongooseModule.forFeature([{ name: ApiKey.name, schema: ApiKeySchema }]), SessionsModule, UsersModule],
  controllers: [UserKeysController],
  providers: [ApiKeyProvider, UserKeysService],
  exports: [MongooseModule, UserKeysService],
})
export class ApiKeysModule {
  constructor(registry: ProviderRegistry, provider: ApiKeyProvider) {
    registry.register(provider);
  }
}
