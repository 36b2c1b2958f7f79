import { Module } from '@nestjs/common';
import { FunctionCallController } from './function-call.controller.js';

@Module({ controllers: [FunctionCallController] })
export class FunctionsModule {}
