import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { FunctionCallController } from './function-call.controller.js';
import { FunctionRecord, FunctionRecordSchema } from './function.model.js';
import { FunctionRecordsService } from './function-records.service.js';

@Module({
  imports: [MongooseModule.forFeature([{ name: FunctionRecord.name, schema: FunctionRecordSchema }])],
  controllers: [FunctionCallController],
  providers: [FunctionRecordsService],
  exports: [FunctionRecordsService],
})
export class FunctionsModule {}
