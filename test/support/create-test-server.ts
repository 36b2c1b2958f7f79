import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { Injectable, Module } from '@nestjs/common';
import { MongoClient, ObjectId } from 'mongodb';
import { AccountsService } from '../../src/accounts/accounts.service.js';
import type { App } from '../../src/apps/app.model.js';
import type { NewApp } from '../../src/apps/apps.service.js';
import { loadConfig } from '../../src/config/load-config.js';
import { MasterKey } from '../../src/crypto/sealing.js';
import { openStore, type Store } from '../../src/database/open-store.js';
import { AuthHook } from '../../src/hooks/auth-hook.js';
import { HookRegistry } from '../../src/hooks/hook.registry.js';
import { EmailUsersService } from '../../src/providers/local-userpass/email-users.service.js';
import { NewAppsService } from '../../src/providers/new-apps.service.js';
import type { NewProvider } from '../../src/providers/provider-configs.service.js';
import { createServer, type LatchkeyServer, type ServerOptions } from '../../src/server.js';
import { firstRun } from '../../src/setup/first-run.js';
import { takePort } from '../../src/setup/port.js';
import { ApiClient } from './client.js';
import { newDataDirectory } from './data-directory.js';

/** Hooks that were called, in order. */
const told: string[] = [];

@Injectable()
class RecordingHook extends AuthHook {
  override async beforeLogin(): Promise<void> {
    told.push('beforeLogin');
  }
  override async afterLogin(): Promise<void> {
    told.push('afterLogin');
  }
  override async beforeRegistration(): Promise<void> {
    told.push('beforeRegistration');
  }
  override async afterRegistration(): Promise<void> {
    told.push('afterRegistration');
  }
  override async afterLogout(): Promise<void> {
    told.push('afterLogout');
  }
  override async beforeDeletion(): Promise<void> {
    told.push('beforeDeletion');
  }
  override async afterDeletion(): Promise<void> {
    told.push('afterDeletion');
  }
}

@Module({ providers: [RecordingHook] })
class RecordingModule {
  constructor(registry: HookRegistry, hook: RecordingHook) {
    registry.register(hook);
  }
}

export interface TestServerOptions extends Pick<ServerOptions, 'modules' | 'clock'> {
  /** Settings by their environment names, over those of tests. */
  env?: Record<string, string>;
  /** Lets a test listen to the driver's `commandStarted`. */
  monitorCommands?: boolean;
  /** What the store says of itself, in place of the truth. */
  health?: Store['health'];
  /** In place of the embedded store, and of what MONGODB_URI names. */
  mongodbUri?: string;
  /** A second instance on the database of another test server. */
  sharing?: TestServer;
  /** In place of a new one, or that of the other instance. */
  masterKey?: MasterKey;
}

export interface EmailUser {
  id: string;
  email: string;
  password: string;
}

/** Names of apps and addresses need only differ. */
let count = 0;

/**
 * The real server in this process: the real Nest application and HTTP, on the embedded store or on what MONGODB_URI names.
 * Every test makes its own app in it.
 */
export class TestServer {
  private constructor(
    readonly server: LatchkeyServer,
    readonly baseUrl: string,
    readonly publicUrl: string,
    readonly store: Store,
    readonly masterKey: MasterKey,
    private readonly directory: string | undefined,
  ) {}

  static async start(options: TestServerOptions = {}): Promise<TestServer> {
    const directory = options.sharing ? undefined : await newDataDirectory();
    const mongodbUri = options.mongodbUri ?? process.env.MONGODB_URI;
    const masterKey = options.masterKey ?? options.sharing?.masterKey ?? new MasterKey(randomBytes(32));
    const config = await takePort(
      loadConfig({
        PORT: '0',
        LOG_LEVEL: 'silent',
        LATCHKEY_BCRYPT_COST: '4',
        LATCHKEY_MIN_ACCESS_TOKEN_SECONDS: '1',
        LATCHKEY_USERS_PER_ADDRESS_PER_HOUR: '0',
        LATCHKEY_LOGIN_FAILURES_PER_ADDRESS: '0',
        // Instances of one service are reached at one address.
        ...(options.sharing ? { LATCHKEY_PUBLIC_URL: options.sharing.publicUrl } : {}),
        ...options.env,
      }),
    );
    const store = options.sharing?.store ?? (await openTestStore(mongodbUri, join(directory!, 'data')));
    const server = await createServer({
      config,
      masterKey,
      store: {
        uri: options.monitorCommands ? withOption(store.uri, 'monitorCommands=true') : store.uri,
        health: options.health ?? (() => store.health()),
        close: () => (options.sharing ? Promise.resolve() : store.close()),
      },
      modules: [RecordingModule, ...(options.modules ?? [])],
      ...(options.clock ? { clock: options.clock } : {}),
    });
    await firstRun(server.app);
    await server.app.listen({ port: config.port, host: config.host });
    return new TestServer(server, `http://127.0.0.1:${config.port}`, config.publicUrl, store, masterKey, directory);
  }

  readonly make = {
    /** An app with anonymous and automatically confirmed email login, unless said otherwise. */
    app: async (wanted: Partial<NewApp> & { providers?: NewProvider[] } = {}): Promise<App> => {
      const { providers = DEFAULT_PROVIDERS, ...app } = wanted;
      return this.get(NewAppsService).create({ name: 'test', ...app }, providers);
    },
    /** A user who exists already, as an administrator makes one. */
    emailUser: async (app: App, wanted: Partial<EmailUser> = {}): Promise<EmailUser> => {
      count += 1;
      const { email = `user${count}@example.com`, password = 'correct horse' } = wanted;
      const user = await this.get(EmailUsersService).create(app, { email, password });
      return { id: user._id.toHexString(), email, password };
    },
  };

  /** What an administrator can do to a user, by the services that the Admin API will call. */
  readonly admin = {
    disable: (app: App, userId: string) => this.get(AccountsService).disable(app, ObjectId.createFromHexString(userId)),
    enable: (app: App, userId: string) => this.get(AccountsService).enable(app, ObjectId.createFromHexString(userId)),
    delete: (app: App, userId: string) => this.get(AccountsService).delete(app, ObjectId.createFromHexString(userId)),
    revokeSessions: (app: App, userId: string) =>
      this.get(AccountsService).revokeSessions(app, ObjectId.createFromHexString(userId)),
  };

  client(app: App | string): ApiClient {
    return new ApiClient(this.baseUrl, typeof app === 'string' ? app : app.clientAppId);
  }

  /** The hooks that were called since the last time this was asked. */
  told(): string[] {
    return told.splice(0);
  }

  get<T>(type: abstract new (...args: never[]) => T): T {
    return this.server.app.get<T>(type);
  }

  async stop(): Promise<void> {
    // Of a client that gave up while it connected, a connection is left that never asks for anything.
    const http = this.server.app.getHttpServer();
    const late = setTimeout(() => http.closeAllConnections(), 8_000);
    await this.server.close();
    clearTimeout(late);
    if (this.directory) await rm(this.directory, { recursive: true, force: true });
    // The variables of a test file stay as long as its process; what they lead to need not.
    Object.assign(this, { server: undefined, store: undefined });
  }
}

export const createTestServer = (options?: TestServerOptions): Promise<TestServer> => TestServer.start(options);

const DEFAULT_PROVIDERS: NewProvider[] = [
  { type: 'anon-user' },
  { type: 'local-userpass', settings: { config: { autoConfirm: true } } },
];

/** On a replica set, a database of its own for each server, so that test files do not meet. */
async function openTestStore(mongodbUri: string | undefined, dataDir: string): Promise<Store> {
  if (mongodbUri === undefined) return openStore({ mongodbUri, dataDir }, { sameThread: true });
  const uri = withDatabase(mongodbUri, `latchkey_test_${randomBytes(6).toString('hex')}`);
  const store = await openStore({ mongodbUri: uri, dataDir });
  return { ...store, close: () => dropDatabaseOf(uri) };
}

/** An address may list several hosts, which `URL` does not understand. */
function withDatabase(uri: string, name: string): string {
  return uri.replace(/^(mongodb(?:\+srv)?:\/\/[^/?]+)(?:\/[^?]*)?/, `$1/${name}`);
}

async function dropDatabaseOf(uri: string): Promise<void> {
  const client = new MongoClient(uri);
  try {
    await client.db().dropDatabase();
  } finally {
    await client.close();
  }
}

function withOption(uri: string, option: string): string {
  return `${uri}${uri.includes('?') ? '&' : '?'}${option}`;
}
