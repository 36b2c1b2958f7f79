import { Module } from '@nestjs/common';
import { FunctionsModule } from '../../functions/functions.module.js';
import { SecretsModule } from '../../secrets/secrets.module.js';
import { AdminAuthModule } from '../auth/admin-auth.module.js';
import { AppImportService } from './app-import.service.js';
import { ImportController } from './import.controller.js';
import { ProviderImportService } from './provider-import.service.js';

/** Apps that were exported from App Services. */
@Module({
  imports: [AdminAuthModule, FunctionsModule, SecretsModule],
  controllers: [ImportController],
  providers: [AppImportService, ProviderImportService],
})
export class ImportModule {}
