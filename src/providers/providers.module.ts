import { Global, Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { IdentitiesModule } from '../identities/identities.module.js';
import { SecretsModule } from '../secrets/secrets.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { SigningKeysModule } from '../signing-keys/signing-keys.module.js';
import { UsersModule } from '../users/users.module.js';
import { InlineSecretsService } from './inline-secrets.service.js';
import { LoginController } from './login.controller.js';
import { LoginWaysController } from './login-ways.controller.js';
import { LoginService } from './login.service.js';
import { NewAppsService } from './new-apps.service.js';
import { ProviderConfig, ProviderConfigSchema } from './provider-config.model.js';
import { ProviderConfigsService } from './provider-configs.service.js';
import { ProviderSetupService } from './provider-setup.service.js';
import { ProviderTrialsService } from './provider-trials.service.js';
import { ProviderRegistry } from './provider.registry.js';

@Global()
@Module({
  imports: [
    MongooseModule.forFeature([{ name: ProviderConfig.name, schema: ProviderConfigSchema }]),
    IdentitiesModule,
    SecretsModule,
    SessionsModule,
    SigningKeysModule,
    UsersModule,
  ],
  controllers: [LoginController, LoginWaysController],
  providers: [
    ProviderRegistry,
    ProviderConfigsService,
    LoginService,
    NewAppsService,
    InlineSecretsService,
    ProviderSetupService,
    ProviderTrialsService,
  ],
  exports: [
    ProviderRegistry,
    ProviderConfigsService,
    LoginService,
    NewAppsService,
    InlineSecretsService,
    ProviderSetupService,
    ProviderTrialsService,
  ],
})
export class ProvidersModule {}
