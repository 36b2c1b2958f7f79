import { Module } from '@nestjs/common';
import { AccountsModule } from '../../accounts/accounts.module.js';
import { ApiKeysModule } from '../../providers/api-key/api-keys.module.js';
import { LocalUserpassModule } from '../../providers/local-userpass/local-userpass.module.js';
import { OAuth2Module } from '../../providers/oauth2/oauth2.module.js';
import { SecretsModule } from '../../secrets/secrets.module.js';
import { SessionsModule } from '../../sessions/sessions.module.js';
import { SigningKeysModule } from '../../signing-keys/signing-keys.module.js';
import { UsersModule } from '../../users/users.module.js';
import { AdminAuthModule } from '../auth/admin-auth.module.js';
import { AdminAccountApiModule } from '../api/admin-account-api.module.js';
import { AccountPage } from './account.page.js';
import { AdministratorsPage } from './administrators.page.js';
import { AssetsController } from './assets.controller.js';
import { AuditPage } from './audit.page.js';
import { BulkPage } from './bulk.page.js';
import { DashboardPage } from './dashboard.page.js';
import { FunctionsPage } from './functions.page.js';
import { HomePage } from './home.page.js';
import { InvitationPage } from './invitation.page.js';
import { KeysPage } from './keys.page.js';
import { LoginPage } from './login.page.js';
import { MailTextsPage } from './mail-texts.page.js';
import { MailsPage } from './mails.page.js';
import { NoPage } from './no.page.js';
import { Pages } from './pages.service.js';
import { PendingPage } from './pending.page.js';
import { LoginTrialPage } from './providers/login-trial.page.js';
import { ProvidersPage } from './providers/providers.page.js';
import { SecretsPage } from './secrets.page.js';
import { NetworkPage } from './settings/network.page.js';
import { SettingsPage } from './settings/settings.page.js';
import { SetupPage } from './setup.page.js';
import { SigningPage } from './signing.page.js';
import { StatisticsPage } from './statistics.page.js';
import { SystemPage } from './system.page.js';
import { UserDetailsService } from './user-details.service.js';
import { UserPage } from './user.page.js';
import { UserWaysPage } from './user-ways.page.js';
import { UsersPage } from './users.page.js';

const OF_NO_APP = [
  AssetsController,
  SetupPage,
  InvitationPage,
  LoginPage,
  HomePage,
  AdministratorsPage,
  AccountPage,
  SystemPage,
  NoPage,
];
const OF_AN_APP = [
  DashboardPage,
  UsersPage,
  BulkPage,
  UserPage,
  UserWaysPage,
  PendingPage,
  ProvidersPage,
  LoginTrialPage,
  KeysPage,
  SecretsPage,
  FunctionsPage,
  MailTextsPage,
  MailsPage,
  StatisticsPage,
  AuditPage,
  SigningPage,
  SettingsPage,
  NetworkPage,
];

@Module({
  imports: [
    AdminAuthModule,
    AdminAccountApiModule,
    AccountsModule,
    ApiKeysModule,
    LocalUserpassModule,
    OAuth2Module,
    SecretsModule,
    SessionsModule,
    SigningKeysModule,
    UsersModule,
  ],
  providers: [Pages, UserDetailsService],
  controllers: [...OF_NO_APP, ...OF_AN_APP],
})
export class ConsoleModule {}
