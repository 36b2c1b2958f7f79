import { Global, Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { OriginPolicy } from '../http/cors.js';
import { AppOrigins } from './app-origins.js';
import { App, AppSchema } from './app.model.js';
import { AppGuard } from './app.guard.js';
import { AppSettingsService } from './app-settings.service.js';
import { AppsService } from './apps.service.js';
import { Group, GroupSchema } from './group.model.js';
import { GroupsService } from './groups.service.js';
import { LocationController } from './location.controller.js';

@Global()
@Module({
  imports: [
    MongooseModule.forFeature([
      { name: App.name, schema: AppSchema },
      { name: Group.name, schema: GroupSchema },
    ]),
  ],
  controllers: [LocationController],
  providers: [
    AppsService,
    AppSettingsService,
    AppGuard,
    GroupsService,
    { provide: OriginPolicy, useClass: AppOrigins },
  ],
  exports: [AppsService, AppSettingsService, AppGuard, GroupsService, OriginPolicy, MongooseModule],
})
export class AppsModule {}
