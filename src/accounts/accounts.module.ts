import { Module } from '@nestjs/common';
import { LocalUserpassModule } from '../providers/local-userpass/local-userpass.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { UsersModule } from '../users/users.module.js';
import { AccountController } from './account.controller.js';
import { AccountsService } from './accounts.service.js';

@Module({
  imports: [LocalUserpassModule, SessionsModule, UsersModule],
  controllers: [AccountController],
  providers: [AccountsService],
  exports: [AccountsService],
})
export class AccountsModule {}
