import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { ApiKey, ApiKeySchema } from './api-key.model.js';

/** The records of keys; logging in with them is not offered yet. */
@Module({
  imports: [MongooseModule.forFeature([{ name: ApiKey.name, schema: ApiKeySchema }])],
  exports: [MongooseModule],
})
export class ApiKeysModule {}
