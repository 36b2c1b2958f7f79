import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { JwtModule } from '@nestjs/jwt';
import { MongooseModule } from '@nestjs/mongoose';
import { LocalUserpassModule } from '../../providers/local-userpass/local-userpass.module.js';
import { AdminKey, AdminKeySchema } from './admin-key.model.js';
import { AdminKeysService } from './admin-keys.service.js';
import { AdminLoginService } from './admin-login.service.js';
import { AdminSession, AdminSessionSchema } from './admin-session.model.js';
import { AdminSessionsService } from './admin-sessions.service.js';
import { AdminSetupService } from './admin-setup.service.js';
import { AdminTokensService } from './admin-tokens.service.js';
import { AdminGuard } from './admin.guard.js';
import { AdminBearerStrategy, AdminCookieStrategy } from './admin.strategies.js';
import { Administrator, AdministratorSchema } from './administrator.model.js';
import { AdministratorsService } from './administrators.service.js';
import { GroupMembersService } from './group-members.service.js';
import { InvitationsService } from './invitations.service.js';
import { OneTimeLink, OneTimeLinkSchema } from './one-time-link.model.js';
import { OneTimeLinksService } from './one-time-links.service.js';
import { SecondFactorService } from './second-factor.service.js';

@Module({
  imports: [
    JwtModule.register({}),
    LocalUserpassModule,
    MongooseModule.forFeature([
      { name: Administrator.name, schema: AdministratorSchema },
      { name: AdminKey.name, schema: AdminKeySchema },
      { name: AdminSession.name, schema: AdminSessionSchema },
      { name: OneTimeLink.name, schema: OneTimeLinkSchema },
    ]),
  ],
  providers: [
    AdminTokensService,
    AdminSessionsService,
    AdministratorsService,
    AdminKeysService,
    AdminLoginService,
    SecondFactorService,
    OneTimeLinksService,
    AdminSetupService,
    GroupMembersService,
    InvitationsService,
    AdminBearerStrategy,
    AdminCookieStrategy,
    { provide: APP_GUARD, useClass: AdminGuard },
  ],
  exports: [
    AdminSessionsService,
    AdministratorsService,
    AdminKeysService,
    AdminLoginService,
    SecondFactorService,
    AdminSetupService,
    GroupMembersService,
    InvitationsService,
  ],
})
export class AdminAuthModule {}
