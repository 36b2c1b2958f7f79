import { Global, Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { SecretsModule } from '../secrets/secrets.module.js';
import { FunctionCallController } from './function-call.controller.js';
import { FunctionRecord, FunctionRecordSchema } from './function.model.js';
import { FunctionRecordsService } from './function-records.service.js';
import { FunctionRegistry } from './function.registry.js';
import { FunctionsService } from './functions.service.js';
import { WebhookService } from './webhook.service.js';

@Global()
@Module({
  imports: [SecretsModule, MongooseModule.forFeature([{ name: FunctionRecord.name, schema: FunctionRecordSchema }])],
  controllers: [FunctionCallController],
  providers: [FunctionRecordsService, FunctionRegistry, FunctionsService, WebhookService],
  exports: [FunctionRecordsService, FunctionRegistry, FunctionsService],
})
export class FunctionsModule {}
