import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { AccountsModule } from '../accounts/accounts.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { SigningKeysModule } from '../signing-keys/signing-keys.module.js';
import { UsersModule } from '../users/users.module.js';
import { EndedSessions } from './ended-sessions.js';
import { PollController } from './poll.controller.js';
import { PollService } from './poll.service.js';
import { PushService } from './push.service.js';
import { SetSigner } from './set-signer.service.js';
import { SignalSourceService } from './signal-source.service.js';
import { SignalStream, SignalStreamSchema } from './signal-stream.model.js';
import { Signal, SignalSchema } from './signal.model.js';
import { SignalsService } from './signals.service.js';
import { SsfConfigurationController } from './ssf-configuration.controller.js';
import { StreamsController } from './streams.controller.js';
import { StreamsService } from './streams.service.js';

/** OpenID Shared Signals: docs/shared-signals.md. */
@Module({
  imports: [
    AccountsModule,
    SessionsModule,
    SigningKeysModule,
    UsersModule,
    MongooseModule.forFeature([
      { name: SignalStream.name, schema: SignalStreamSchema },
      { name: Signal.name, schema: SignalSchema },
    ]),
  ],
  controllers: [SsfConfigurationController, StreamsController, PollController],
  providers: [EndedSessions, PollService, PushService, SetSigner, SignalSourceService, SignalsService, StreamsService],
  exports: [SignalsService, StreamsService],
})
export class SharedSignalsModule {}
