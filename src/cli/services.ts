import { join } from 'node:path';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AccountsService } from '../accounts/accounts.service.js';
import { ServerKeysService } from '../accounts/server-keys.service.js';
import { UserSearchService } from '../accounts/user-search.service.js';
import { AdminSetupService } from '../admin/auth/admin-setup.service.js';
import { AdministratorsService } from '../admin/auth/administrators.service.js';
import { SecondFactorService } from '../admin/auth/second-factor.service.js';
import { AppImportService } from '../admin/import/app-import.service.js';
import { AppsService } from '../apps/apps.service.js';
import { GroupsService } from '../apps/groups.service.js';
import { AuditService } from '../audit/audit.service.js';
import { VerifyService } from '../audit/verify.service.js';
import type { Config } from '../config/config.js';
import { loadConfig } from '../config/load-config.js';
import { loadOrCreateMasterKey } from '../crypto/master-key-file.js';
import { PasswordHasher } from '../crypto/passwords/password-hasher.js';
import { MasterKey } from '../crypto/sealing.js';
import { Database } from '../database/database.js';
import { openStore } from '../database/open-store.js';
import { LatchkeyModule } from '../latchkey.module.js';
import { EmailUsersService } from '../providers/local-userpass/email-users.service.js';
import { NewAppsService } from '../providers/new-apps.service.js';
import { ProviderConfigsService } from '../providers/provider-configs.service.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { prepareDatabase } from '../setup/first-run.js';
import { UsersService } from '../users/users.service.js';

/** What the commands work with: the same services as behind the API. */
export interface Services {
  config: Config;
  accounts: AccountsService;
  audit: AuditService;
  auditVerify: VerifyService;
  groups: GroupsService;
  administrators: AdministratorsService;
  adminSetup: AdminSetupService;
  secondFactor: SecondFactorService;
  database: Database;
  appImport: AppImportService;
  apps: AppsService;
  newApps: NewAppsService;
  providers: ProviderConfigsService;
  emailUsers: EmailUsersService;
  serverKeys: ServerKeysService;
  sessions: SessionsService;
  userSearch: UserSearchService;
  users: UsersService;
}

/**
 * Opens the database that the settings name, or joins the server that runs on it, prepares it as a start of the server
 * would (but for the default app), and closes what it opened whatever happens.
 *
 * @throws ConfigError, MasterKeyFileRefused, MasterKeyMismatch, and whatever the store says when it cannot be opened
 */
export async function withServices(env: NodeJS.ProcessEnv, work: (services: Services) => Promise<void>): Promise<void> {
  const config = loadConfig(env);
  const store = await openStore(config, { join: true });
  try {
    const root = LatchkeyModule.forRoot({ config, masterKey: masterKeyOf(config), databaseUri: store.uri });
    // Whatever goes wrong is thrown, and said once, in words.
    const context = await NestFactory.createApplicationContext(root, {
      logger: false,
      abortOnError: false,
    });
    try {
      await prepareDatabase(context);
      await work(servicesOf(context, config));
    } finally {
      await context.close();
      await context.get(PasswordHasher).close();
    }
  } finally {
    await store.close();
  }
}

function masterKeyOf(config: Config): MasterKey {
  return config.masterKey
    ? new MasterKey(config.masterKey)
    : loadOrCreateMasterKey(join(config.dataDir, 'master.key')).key;
}

function servicesOf(context: INestApplicationContext, config: Config): Services {
  return {
    config,
    accounts: context.get(AccountsService),
    audit: context.get(AuditService),
    auditVerify: context.get(VerifyService),
    groups: context.get(GroupsService),
    administrators: context.get(AdministratorsService),
    adminSetup: context.get(AdminSetupService),
    secondFactor: context.get(SecondFactorService),
    database: context.get(Database),
    appImport: context.get(AppImportService),
    apps: context.get(AppsService),
    newApps: context.get(NewAppsService),
    providers: context.get(ProviderConfigsService),
    emailUsers: context.get(EmailUsersService),
    serverKeys: context.get(ServerKeysService),
    sessions: context.get(SessionsService),
    userSearch: context.get(UserSearchService),
    users: context.get(UsersService),
  };
}
