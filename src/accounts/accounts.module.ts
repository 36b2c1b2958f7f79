import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { AnonymousExpiryService } from './anonymous-expiry.service.js';
import { JobSchedule, JobScheduleSchema } from './job-schedule.model.js';
import { HookRegistry } from '../hooks/hook.registry.js';
import { IdentitiesModule } from '../identities/identities.module.js';
import { ApiKeysModule } from '../providers/api-key/api-keys.module.js';
import { LocalUserpassModule } from '../providers/local-userpass/local-userpass.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { UsersModule } from '../users/users.module.js';
import { AccountController } from './account.controller.js';
import { AccountSettingsService } from './account-settings.service.js';
import { AccountsService } from './accounts.service.js';
import { AppRemovalService } from './app-removal.service.js';
import { BulkJob, BulkJobPart, BulkJobPartSchema, BulkJobSchema } from './bulk/bulk-job.model.js';
import { BulkJobsService } from './bulk/bulk-jobs.service.js';
import { BulkWorker } from './bulk/bulk-worker.service.js';
import { BulkService } from './bulk/bulk.service.js';
import { CustomDataService } from './custom-data.service.js';
import { OAuthController } from './oauth/oauth.controller.js';
import { TokenStatusService } from './oauth/token-status.service.js';
import { MergeController } from './merge/merge.controller.js';
import { MergeService } from './merge/merge.service.js';
import { OwnIdentitiesController } from './own-identities.controller.js';
import { OwnSessionsController } from './own-sessions.controller.js';
import { ServerKeysService } from './server-keys.service.js';
import { UserIdentitiesService } from './user-identities.service.js';
import { VerifiedAddressesHook } from './verified-addresses.hook.js';
import { UserSearchService } from './user-search.service.js';

const SERVICES = [
  AccountSettingsService,
  AccountsService,
  AnonymousExpiryService,
  AppRemovalService,
  BulkJobsService,
  BulkService,
  BulkWorker,
  CustomDataService,
  MergeService,
  ServerKeysService,
  TokenStatusService,
  UserIdentitiesService,
  UserSearchService,
];

@Module({
  imports: [
    MongooseModule.forFeature([
      { name: JobSchedule.name, schema: JobScheduleSchema },
      { name: BulkJob.name, schema: BulkJobSchema },
      { name: BulkJobPart.name, schema: BulkJobPartSchema },
    ]),
    ApiKeysModule,
    IdentitiesModule,
    LocalUserpassModule,
    SessionsModule,
    UsersModule,
  ],
  controllers: [AccountController, OAuthController, OwnSessionsController, OwnIdentitiesController, MergeController],
  providers: [...SERVICES, VerifiedAddressesHook],
  exports: SERVICES,
})
export class AccountsModule {
  constructor(hooks: HookRegistry, verifiedAddresses: VerifiedAddressesHook) {
    hooks.register(verifiedAddresses);
  }
}
