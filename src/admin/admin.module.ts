import { Module } from '@nestjs/common';
import { AdminAuthModule } from './auth/admin-auth.module.js';

/** Administrators: the only folder that knows of them. */
@Module({ imports: [AdminAuthModule] })
export class AdminModule {}
