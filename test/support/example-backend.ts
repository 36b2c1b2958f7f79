import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { waitUntil } from './wait.js';

const BUILT = 'dist/src/verifier/index.js';
const START_LIMIT_MS = 30_000;

/** `examples/backend` in a process of its own, on the built verifier. */
export class ExampleBackend {
  #output = '';
  #port = 0;

  private constructor(private readonly child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => (this.#output += String(text)));
    }
  }

  /** @throws when it ends, or does not know what is revoked in half a minute */
  static async start(issuer: string, env: Record<string, string> = {}): Promise<ExampleBackend> {
    if (!existsSync(BUILT)) throw new Error(`${BUILT} is missing: npm run build`);
    const child = spawn(process.execPath, ['examples/backend/server.js'], {
      env: { ...process.env, PORT: '0', LATCHKEY_APP: issuer, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const backend = new ExampleBackend(child);
    const limit = Date.now() + START_LIMIT_MS;
    await waitUntil(async () => {
      if (child.exitCode !== null || Date.now() > limit) throw new Error(`it did not start:\n${backend.#output}`);
      backend.#port = Number(/listening on (\d+)/.exec(backend.#output)?.[1] ?? 0);
      return backend.#port > 0 && (await backend.health()).status === 200;
    });
    return backend;
  }

  /** Status of `GET /me`, and the error's code where it is one. */
  async me(token: string): Promise<{ status: number; code?: string }> {
    const response = await fetch(`http://127.0.0.1:${this.#port}/me`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const { error_code: code } = (await response.json()) as { error_code?: string };
    return { status: response.status, ...(code === undefined ? {} : { code }) };
  }

  async health(): Promise<{ status: number; stale: boolean; revocations: number }> {
    const response = await fetch(`http://127.0.0.1:${this.#port}/health`);
    return { ...((await response.json()) as { stale: boolean; revocations: number }), status: response.status };
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    const late = setTimeout(() => this.child.kill('SIGKILL'), 5_000);
    await ended;
    clearTimeout(late);
  }
}
