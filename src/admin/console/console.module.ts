import { Module } from '@nestjs/common';
import { AccountsModule } from '../../accounts/accounts.module.js';
import { ApiKeysModule } from '../../providers/api-key/api-keys.module.js';
import { LocalUserpassModule } from '../../providers/local-userpass/local-userpass.module.js';
import { SessionsModule } from '../../sessions/sessions.module.js';
import { UsersModule } from '../../users/users.module.js';
import { AdminAuthModule } from '../auth/admin-auth.module.js';
import { AssetsController } from './assets.controller.js';
import { DashboardPage } from './dashboard.page.js';
import { HomePage } from './home.page.js';
import { InvitationPage } from './invitation.page.js';
import { LoginPage } from './login.page.js';
import { Pages } from './pages.service.js';
import { SetupPage } from './setup.page.js';
import { UserPage } from './user.page.js';
import { UsersPage } from './users.page.js';

@Module({
  imports: [AdminAuthModule, AccountsModule, ApiKeysModule, LocalUserpassModule, SessionsModule, UsersModule],
  providers: [Pages],
  controllers: [SetupPage, InvitationPage, AssetsController, LoginPage, HomePage, DashboardPage, UsersPage, UserPage],
})
export class ConsoleModule {}
