import { Module } from '@nestjs/common';
import { AdminAuthModule } from '../auth/admin-auth.module.js';
import { AdminAccountController } from './admin-account.controller.js';
import { AdminKeysController } from './admin-keys.controller.js';
import { AdminLoginController } from './admin-login.controller.js';
import { AdministratorsController } from './administrators.controller.js';
import { GroupsController } from './groups.controller.js';
import { PingsController } from './pings.controller.js';
import { SystemController } from './system/system.controller.js';
import { SystemService } from './system/system.service.js';

/** Administrators, their logins and their groups, and the server as they see it. */
@Module({
  imports: [AdminAuthModule],
  controllers: [
    AdminLoginController,
    AdminAccountController,
    GroupsController,
    AdministratorsController,
    AdminKeysController,
    PingsController,
    SystemController,
  ],
  providers: [SystemService],
  exports: [SystemService],
})
export class AdminAccountApiModule {}
