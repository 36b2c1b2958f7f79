import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { IdentitiesModule } from '../../identities/identities.module.js';
import { SecretsModule } from '../../secrets/secrets.module.js';
import { SessionsModule } from '../../sessions/sessions.module.js';
import { UsersModule } from '../../users/users.module.js';
import { CallbackController } from './callback.controller.js';
import { ClientSecrets } from './client-secrets.js';
import { IdTokens } from './id-tokens.js';
import { Issuers } from './issuers.js';
import { LinkPage } from './link.page.js';
import { LoginState, LoginStateSchema } from './login-state.model.js';
import { LoginStates } from './login-states.service.js';
import { LoginTrials } from './login-trials.service.js';
import { RedirectLoginController } from './redirect-login.controller.js';
import { RedirectLogins } from './redirect-logins.service.js';

/** What the providers that log in by way of somebody else's page share. */
@Module({
  imports: [
    MongooseModule.forFeature([{ name: LoginState.name, schema: LoginStateSchema }]),
    IdentitiesModule,
    SecretsModule,
    SessionsModule,
    UsersModule,
  ],
  controllers: [RedirectLoginController, CallbackController, LinkPage],
  providers: [LoginStates, LoginTrials, RedirectLogins, Issuers, IdTokens, ClientSecrets],
  exports: [LoginTrials, Issuers, IdTokens, ClientSecrets],
})
export class OAuth2Module {}
