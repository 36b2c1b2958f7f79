import { Module } from '@nestjs/common';
import { AdminAuthModule } from '../auth/admin-auth.module.js';
import { AssetsController } from './assets.controller.js';
import { InvitationPage } from './invitation.page.js';
import { SetupPage } from './setup.page.js';

@Module({ imports: [AdminAuthModule], controllers: [SetupPage, InvitationPage, AssetsController] })
export class ConsoleModule {}
