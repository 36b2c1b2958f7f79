import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { KeyScheduleService } from './key-schedule.service.js';
import { SigningKey, SigningKeySchema } from './signing-key.model.js';
import { SigningKeysService } from './signing-keys.service.js';
import { WellKnownController } from './well-known.controller.js';

@Module({
  imports: [MongooseModule.forFeature([{ name: SigningKey.name, schema: SigningKeySchema }])],
  controllers: [WellKnownController],
  providers: [SigningKeysService, KeyScheduleService],
  exports: [SigningKeysService, MongooseModule],
})
export class SigningKeysModule {}
