import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { ApiClient } from './client.js';
import { sleep } from './wait.js';

const SCRIPT = 'dist/bundle/src/main.js';
const START_LIMIT_MS = 30_000;
const OURS = /^(LATCHKEY_.*|MONGODB_URI|PORT|HOST|LOG_LEVEL)$/;

export interface End {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** The built server in a process of its own, as `npm start` runs it: for what can only be seen from outside. */
export class BuiltServer {
  /** All that it wrote, to both outputs. */
  output = '';
  readonly ended: Promise<End>;

  private constructor(
    readonly baseUrl: string,
    private readonly child: ChildProcess,
  ) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => (this.output += String(text)));
    }
    this.ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
    });
  }

  /**
   * @param command what Node is called with, where it is not the server of `npm start`
   * @throws when it ends, or is not ready in half a minute
   */
  static async start(
    dataDir: string,
    env: Record<string, string> = {},
    command: readonly string[] = [SCRIPT],
  ): Promise<BuiltServer> {
    if (!existsSync(command[0]!)) throw new Error(`${command[0]} is missing: npm run build`);
    const port = String(await freePort());
    const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !OURS.test(name)));
    const child = spawn(process.execPath, command, {
      env: { ...inherited, ...FAST, ...env, PORT: port, LATCHKEY_DATA_DIR: dataDir },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const server = new BuiltServer(`http://127.0.0.1:${port}`, child);
    const limit = Date.now() + START_LIMIT_MS;
    while (!(await server.isReady())) {
      if (child.exitCode === null && child.signalCode === null && Date.now() < limit) await sleep(20);
      else throw new Error(`the server did not start:\n${server.output}`);
    }
    return server;
  }

  client(clientAppId = 'demo-local'): ApiClient {
    return new ApiClient(this.baseUrl, clientAppId);
  }

  /** Status of /health/ready, undefined where nothing answers. */
  async readiness(): Promise<number | undefined> {
    try {
      return (await fetch(`${this.baseUrl}/health/ready`, { headers: { connection: 'close' } })).status;
    } catch {
      return undefined;
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Without a chance to write anything. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.ended;
  }

  async stop(): Promise<End> {
    this.signal('SIGTERM');
    return this.ended;
  }

  private async isReady(): Promise<boolean> {
    return (await this.readiness()) === 200;
  }
}

/** Access tokens name their issuer, and each start takes another port: for tests that restart. */
export const SAME_ADDRESS = { LATCHKEY_PUBLIC_URL: 'http://localhost:8300' };

const FAST = {
  LOG_LEVEL: 'warn',
  LATCHKEY_BCRYPT_COST: '4',
  LATCHKEY_MIN_ACCESS_TOKEN_SECONDS: '1',
  LATCHKEY_USERS_PER_ADDRESS_PER_HOUR: '0',
  LATCHKEY_LOGIN_FAILURES_PER_ADDRESS: '0',
};

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
