import { Module } from '@nestjs/common';
import { AccountsModule } from '../../accounts/accounts.module.js';
import { FunctionsModule } from '../../functions/functions.module.js';
import { ApiKeysModule } from '../../providers/api-key/api-keys.module.js';
import { LocalUserpassModule } from '../../providers/local-userpass/local-userpass.module.js';
import { SecretsModule } from '../../secrets/secrets.module.js';
import { SessionsModule } from '../../sessions/sessions.module.js';
import { SharedSignalsModule } from '../../shared-signals/shared-signals.module.js';
import { SigningKeysModule } from '../../signing-keys/signing-keys.module.js';
import { UsersModule } from '../../users/users.module.js';
import { AdminAuthModule } from '../auth/admin-auth.module.js';
import { ApiKeysController } from './api-keys.controller.js';
import { AppSettingsController } from './app-settings.controller.js';
import { AppsController } from './apps.controller.js';
import { AuthProvidersController } from './auth-providers.controller.js';
import { AdminAuditModule } from './audit/admin-audit.module.js';
import { CompatModule } from './compat/compat.module.js';
import { FunctionsController } from './functions.controller.js';
import { MailsController } from './mails.controller.js';
import { PendingUsersController } from './pending-users.controller.js';
import { SecretsController } from './secrets.controller.js';
import { SecurityController } from './security.controller.js';
import { SignalStreamsController } from './signal-streams.controller.js';
import { SigningKeysController } from './signing-keys.controller.js';
import { UserDetailsController } from './user-details.controller.js';
import { UserMergeController } from './user-merge.controller.js';
import { BulkJobsController } from './bulk-jobs.controller.js';
import { UsersController } from './users.controller.js';
import { UsersExportController } from './users-export.controller.js';
import { VerifyTokenController } from './verify-token.controller.js';

/** The resources of apps in the Admin API. */
@Module({
  imports: [
    AdminAuthModule,
    AccountsModule,
    AdminAuditModule,
    ApiKeysModule,
    CompatModule,
    FunctionsModule,
    LocalUserpassModule,
    SecretsModule,
    SessionsModule,
    SharedSignalsModule,
    SigningKeysModule,
    UsersModule,
  ],
  controllers: [
    AppsController,
    AppSettingsController,
    SecurityController,
    SignalStreamsController,
    SigningKeysController,
    BulkJobsController,
    UsersController,
    UserMergeController,
    UserDetailsController,
    UsersExportController,
    VerifyTokenController,
    AuthProvidersController,
    SecretsController,
    PendingUsersController,
    ApiKeysController,
    FunctionsController,
    MailsController,
  ],
})
export class AdminApiModule {}
