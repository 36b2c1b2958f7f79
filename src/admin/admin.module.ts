import { Module } from '@nestjs/common';
import { AdminAccountApiModule } from './api/admin-account-api.module.js';
import { AdminApiModule } from './api/admin-api.module.js';
import { AdminAuthModule } from './auth/admin-auth.module.js';
import { ConsoleModule } from './console/console.module.js';
import { ImportModule } from './import/import.module.js';

/** Administrators: the only folder that knows of them. */
@Module({ imports: [AdminAuthModule, AdminAccountApiModule, ImportModule, AdminApiModule, ConsoleModule] })
export class AdminModule {}
