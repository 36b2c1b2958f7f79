import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { JwtModule } from '@nestjs/jwt';
import { MongooseModule } from '@nestjs/mongoose';
import { SigningKeysModule } from '../signing-keys/signing-keys.module.js';
import { UsersModule } from '../users/users.module.js';
import { Authenticator } from './authenticator.js';
import { LateLoginsService } from './late-logins.service.js';
import { SessionCache } from './session-cache.js';
import { SessionController } from './session.controller.js';
import { RefreshService } from './refresh.service.js';
import { RotationService } from './rotation.service.js';
import { SessionUseService } from './session-use.service.js';
import { Session, SessionSchema } from './session.model.js';
import { SessionsService } from './sessions.service.js';
import { TokenCheckService } from './token-check.service.js';
import { TokenGuard } from './token.guard.js';
import { TokensService } from './tokens.service.js';

@Module({
  imports: [
    JwtModule.register({}),
    MongooseModule.forFeature([{ name: Session.name, schema: SessionSchema }]),
    SigningKeysModule,
    UsersModule,
  ],
  controllers: [SessionController],
  providers: [
    SessionCache,
    LateLoginsService,
    TokensService,
    SessionsService,
    SessionUseService,
    RotationService,
    RefreshService,
    Authenticator,
    TokenCheckService,
    { provide: APP_GUARD, useClass: TokenGuard },
  ],
  exports: [SessionsService, Authenticator, TokenCheckService, TokensService, MongooseModule],
})
export class SessionsModule {}
