import { Module } from '@nestjs/common';
import { SessionsModule } from '../sessions/sessions.module.js';
import { SigningKeysModule } from '../signing-keys/signing-keys.module.js';
import { UsersModule } from '../users/users.module.js';
import { FeedSigner } from './feed-signer.js';
import { RevocationReader } from './revocation-reader.js';
import { RevocationStreams } from './revocation-streams.js';
import { RevocationsController } from './revocations.controller.js';
import { RevocationsService } from './revocations.service.js';

@Module({
  imports: [SessionsModule, SigningKeysModule, UsersModule],
  controllers: [RevocationsController],
  providers: [FeedSigner, RevocationReader, RevocationStreams, RevocationsService],
})
export class RevocationsModule {}
