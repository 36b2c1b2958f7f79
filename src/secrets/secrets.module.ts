import { Global, Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { Secret, SecretSchema } from './secret.model.js';
import { SecretsService } from './secrets.service.js';

@Global()
@Module({
  imports: [MongooseModule.forFeature([{ name: Secret.name, schema: SecretSchema }])],
  providers: [SecretsService],
  exports: [SecretsService],
})
export class SecretsModule {}
