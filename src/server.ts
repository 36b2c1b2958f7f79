import type { ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AdminAudit } from './admin/api/audit/admin-audit.js';
import type { Clock } from './common/clock.js';
import type { Config } from './config/config.js';
import { PasswordHasher } from './crypto/passwords/password-hasher.js';
import type { MasterKey } from './crypto/sealing.js';
import { WriteBehind } from './database/write-behind.js';
import { openStore, type Store } from './database/open-store.js';
import { answerWrongMethods, closeConnectionsWhenDraining, createAdapter } from './http/adapter.js';
import { BodyValidation } from './http/body-validation.js';
import { OriginPolicy, registerCors } from './http/cors.js';
import { Readiness } from './http/readiness.js';
import { createLogger, NestLogger } from './http/log.js';
import { LatchkeyModule } from './latchkey.module.js';
import { DocumentService } from './openapi/document.service.js';

export interface ServerOptions {
  config: Config;
  masterKey: MasterKey;
  /** Modules of yours that register providers and hooks. */
  modules?: NonNullable<ModuleMetadata['imports']>;
  clock?: Clock;
  /** An open database; without it, the one that the settings name is opened, and closed with the server. */
  store?: Store;
  /** Readable log lines for a person at a terminal. */
  prettyLog?: boolean;
}

export interface LatchkeyServer {
  app: NestFastifyApplication;
  /** Answers what is running, writes what waits, ends the threads and the store. */
  close(): Promise<void>;
}

/** The Nest application, the same in production and in tests. It does not listen yet, and nothing is set up. */
export async function createServer(options: ServerOptions): Promise<LatchkeyServer> {
  const { config, masterKey, modules, clock } = options;
  const store = options.store ?? (await openStore(config));
  const logger = await createLogger(config.logLevel, options.prettyLog ?? false);
  const root = LatchkeyModule.forRoot({
    config,
    masterKey,
    databaseUri: store.uri,
    databaseState: store,
    ...(modules ? { modules } : {}),
    ...(clock ? { clock } : {}),
  });
  try {
    const app = await NestFactory.create<NestFastifyApplication>(root, createAdapter(logger), {
      logger: new NestLogger(logger),
      bodyParser: false,
      abortOnError: false,
    });
    app.useGlobalPipes(new BodyValidation());
    const fastify = app.getHttpAdapter().getInstance();
    registerCors(fastify, app.get(OriginPolicy));
    answerWrongMethods(fastify);
    app.get(AdminAudit).attach(fastify);
    app.get(DocumentService).describe(app);
    closeConnectionsWhenDraining(fastify, app.get(Readiness));
    return {
      app,
      async close() {
        await fastify.close();
        await app.get(PasswordHasher).close();
        await app.get(WriteBehind).flush();
        await app.close();
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}
