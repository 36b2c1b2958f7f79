import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { DeploymentsController } from './deployments.controller.js';
import { KeptRecord, KeptRecordSchema } from './kept-record.model.js';
import { KeptRecordsService } from './kept-records.service.js';
import { NotSupportedController } from './not-supported.controller.js';
import { ServicesController } from './services.controller.js';

/** What set-up scripts of the original touch beside users and providers. */
@Module({
  imports: [MongooseModule.forFeature([{ name: KeptRecord.name, schema: KeptRecordSchema }])],
  controllers: [ServicesController, DeploymentsController, NotSupportedController],
  providers: [KeptRecordsService],
  exports: [KeptRecordsService],
})
export class CompatModule {}
