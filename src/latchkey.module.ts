import { Module, type DynamicModule, type ModuleMetadata } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { AccountsModule } from './accounts/accounts.module.js';
import { AdminModule } from './admin/admin.module.js';
import { AppsModule } from './apps/apps.module.js';
import { AuditModule } from './audit/audit.module.js';
import { BUILT_IN_PROVIDERS } from './built-in-providers.js';
import { Clock, SystemClock } from './common/clock.js';
import { Config } from './config/config.js';
import { PasswordHasher } from './crypto/passwords/password-hasher.js';
import { MasterKey } from './crypto/sealing.js';
import { DatabaseModule } from './database/database.module.js';
import type { StoreState } from './database/store-state.js';
import { ApiErrorFilter } from './errors/api-error.filter.js';
import { FunctionsModule } from './functions/functions.module.js';
import { HooksModule } from './hooks/hooks.module.js';
import { HttpModule } from './http/http.module.js';
import { MailModule } from './mail/mail.module.js';
import { OpenApiModule } from './openapi/openapi.module.js';
import { OutboundModule } from './outbound/outbound.module.js';
import { ProvidersModule } from './providers/providers.module.js';
import { RateLimitsModule } from './rate-limits/rate-limits.module.js';
import { SecretsModule } from './secrets/secrets.module.js';
import { RevocationsModule } from './revocations/revocations.module.js';
import { SharedSignalsModule } from './shared-signals/shared-signals.module.js';

export interface LatchkeyOptions {
  config: Config;
  masterKey: MasterKey;
  /** Of the MongoDB, or of the embedded store, that holds the data. */
  databaseUri: string;
  /** What this process knows of it; without it, what answers is healthy. */
  databaseState?: StoreState;
  /** Modules of yours that register providers and hooks. */
  modules?: NonNullable<ModuleMetadata['imports']>;
  /** In place of the system's, in tests. */
  clock?: Clock;
}

const HEALTHY: StoreState = { health: async () => ({ isWritable: true }) };

/** The list of our modules, and the place where others add theirs. */
@Module({})
export class LatchkeyModule {
  static forRoot(options: LatchkeyOptions): DynamicModule {
    return {
      module: LatchkeyModule,
      imports: [
        FoundationsModule.forRoot(options),
        DatabaseModule.forRoot(options.databaseUri, options.databaseState ?? HEALTHY),
        HttpModule,
        HooksModule,
        OutboundModule,
        RateLimitsModule,
        MailModule,
        AppsModule,
        AuditModule,
        FunctionsModule,
        SecretsModule,
        RevocationsModule,
        ProvidersModule,
        ...BUILT_IN_PROVIDERS,
        AccountsModule,
        SharedSignalsModule,
        AdminModule,
        OpenApiModule,
        ...(options.modules ?? []),
      ],
      providers: [{ provide: APP_FILTER, useClass: ApiErrorFilter }],
    };
  }
}

/** What everything else is given: settings, keys, the time, and the one pool that hashes passwords. */
@Module({})
class FoundationsModule {
  static forRoot({ config, masterKey, clock = new SystemClock() }: LatchkeyOptions): DynamicModule {
    const hasher = new PasswordHasher({
      cost: config.bcryptCost,
      threads: config.hashThreads,
      patienceSeconds: config.hashPatienceSeconds,
    });
    return {
      module: FoundationsModule,
      global: true,
      providers: [
        { provide: Config, useValue: config },
        { provide: MasterKey, useValue: masterKey },
        { provide: Clock, useValue: clock },
        { provide: PasswordHasher, useValue: hasher },
      ],
      exports: [Config, MasterKey, Clock, PasswordHasher],
    };
  }
}
