import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { JwtModule } from '@nestjs/jwt';
import { MongooseModule } from '@nestjs/mongoose';
import { AdminKey, AdminKeySchema } from './admin-key.model.js';
import { AdminSession, AdminSessionSchema } from './admin-session.model.js';
import { AdminSessionsService } from './admin-sessions.service.js';
import { AdminTokensService } from './admin-tokens.service.js';
import { AdminGuard } from './admin.guard.js';
import { AdminBearerStrategy, AdminCookieStrategy } from './admin.strategies.js';
import { Administrator, AdministratorSchema } from './administrator.model.js';
import { OneTimeLink, OneTimeLinkSchema } from './one-time-link.model.js';

@Module({
  imports: [
    JwtModule.register({}),
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
    AdminBearerStrategy,
    AdminCookieStrategy,
    { provide: APP_GUARD, useClass: AdminGuard },
  ],
  exports: [AdminSessionsService],
})
export class AdminAuthModule {}
