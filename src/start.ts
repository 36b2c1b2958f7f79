import 'reflect-metadata';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { ConfigError } from './config/config-error.js';
import type { Config } from './config/config.js';
import { loadConfig } from './config/load-config.js';
import { loadOrCreateMasterKey } from './crypto/master-key-file.js';
import { MasterKey } from './crypto/sealing.js';
import { openStore, type Store } from './database/open-store.js';
import { Readiness } from './http/readiness.js';
import { createServer, type LatchkeyServer, type ServerOptions } from './server.js';
import { firstRun } from './setup/first-run.js';
import { giveBackMemoryAfterStart } from './setup/give-back-memory.js';
import { greeting } from './setup/greeting.js';
import { onMasterKeyChange } from './setup/master-key-check.js';
import { takePort } from './setup/port.js';
import { inWords } from './setup/start-refused.js';

/** How long what is running may take once the process was asked to end (security.md: 10 s in all). */
const PATIENCE_MS = 8_000;
/** Between "not ready" and the first refused connection: a load balancer's chance to notice. */
const NOTICE_MS = 500;

export interface StartOptions extends Pick<ServerOptions, 'modules'> {
  /** In place of the process's own environment. */
  env?: NodeJS.ProcessEnv;
}

/**
 * Starts a server as `latchkey start` does: reads the settings, opens the database, listens, says where, and ends on SIGTERM.
 * What is wrong is written to stderr, and the exit code is 1 then.
 */
export async function startServer({ env = process.env, modules }: StartOptions = {}): Promise<void> {
  let config: Config;
  try {
    config = loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return refuse([error.message]);
    throw error;
  }
  const problems: string[] = [];
  let server: LatchkeyServer | undefined;
  let keyCreated = false;
  try {
    config = await takePort(config);
  } catch (error) {
    problems.push(inWords(error, config));
  }
  try {
    const store = await openStore(config);
    const key = await masterKeyOf(config, store);
    keyCreated = key.created;
    server = await createServer({
      config,
      masterKey: key.key,
      store,
      prettyLog: process.stdout.isTTY,
      ...(modules ? { modules } : {}),
    });
    endWhenMasterKeyChanges(server);
    await firstRun(server.app);
  } catch (error) {
    problems.push(inWords(error, config));
  }
  if (!server || problems.length > 0) {
    await server?.close();
    return refuse(problems);
  }
  await server.app.listen({ port: config.port, host: config.host });
  endOnSignals(server);
  giveBackMemoryAfterStart();
  process.stdout.write(await greeting(server.app, config, { keyCreated, terminal: process.stdout.isTTY }));
}

async function masterKeyOf(config: Config, store: Store): Promise<{ key: MasterKey; created: boolean }> {
  if (config.masterKey) return { key: new MasterKey(config.masterKey), created: false };
  try {
    return loadOrCreateMasterKey(join(config.dataDir, 'master.key'));
  } catch (error) {
    await store.close();
    throw error;
  }
}

function endOnSignals(server: LatchkeyServer): void {
  let ending = false;
  const end = (): void => {
    if (ending) return;
    ending = true;
    server.app.get(Readiness).drain();
    setTimeout(() => process.exit(1), PATIENCE_MS + 1_500).unref();
    setTimeout(() => {
      const http = server.app.getHttpServer();
      setTimeout(() => http.closeAllConnections(), PATIENCE_MS).unref();
      server.close().then(
        () => process.exit(0),
        () => process.exit(1),
      );
    }, NOTICE_MS);
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
}

/** As if it had been asked to: whoever starts it again is told why it does not start. */
function endWhenMasterKeyChanges(server: LatchkeyServer): void {
  onMasterKeyChange(server.app, (why) => {
    new Logger('Latchkey').error(`${why.message}; this server ends`);
    process.kill(process.pid, 'SIGTERM');
  });
}

function refuse(problems: string[]): void {
  process.stderr.write(`Latchkey did not start:\n${problems.map((problem) => `  ${problem}\n`).join('')}`);
  process.exitCode = 1;
}
