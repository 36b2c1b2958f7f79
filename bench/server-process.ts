import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Connection, requestBytes } from './connection.js';

/** Clock ticks of /proc: 100 a second on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
const START_LIMIT_MS = 60_000;
const PROBE = requestBytes('GET', '/api/client/v2.0/app/demo-local/location');

export interface Launch {
  name: string;
  script: string;
  env: NodeJS.ProcessEnv;
  logFile: string;
}

/** A server in a process of its own, and what the operating system says of it. */
export class ServerProcess {
  private constructor(
    readonly name: string,
    readonly port: number,
    /** From the start of the process to its first right answer. */
    readonly startMs: number,
    private readonly child: ChildProcess,
  ) {}

  /** @throws when it does not answer within a minute, or ends */
  static async start({ name, script, env, logFile }: Launch): Promise<ServerProcess> {
    const port = await freePort();
    const log = openSync(logFile, 'a');
    const started = performance.now();
    const child = spawn(process.execPath, [script], {
      env: { ...env, PORT: String(port) },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    while (!(await answers(port))) {
      const ended = child.exitCode ?? child.signalCode;
      if (ended === null && performance.now() - started < START_LIMIT_MS) continue;
      child.kill('SIGKILL');
      throw new Error(
        `${name} did not start (${ended ?? 'no answer'}):\n${readFileSync(logFile, 'utf8').slice(-2000)}`,
      );
    }
    return new ServerProcess(name, port, performance.now() - started, child);
  }

  /** User and system time of all its threads, in seconds. */
  cpuSeconds(): number {
    const stat = readFileSync(`/proc/${this.child.pid}/stat`, 'utf8');
    // The second field is the name in parentheses and may hold blanks: count from behind it. utime and stime are 14 and 15.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  }

  /** Resident memory, in MB of 10^6 bytes. */
  memoryMegabytes(): number {
    const status = readFileSync(`/proc/${this.child.pid}/status`, 'utf8');
    return (Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024) / 1e6;
  }

  /** Until what it wrote behind is done: two looks in a row without CPU, and at least `atLeastMs`. */
  async quiet(atLeastMs: number): Promise<void> {
    await sleep(atLeastMs);
    for (let looks = 0, before = this.cpuSeconds(); looks < 20; looks++) {
      await sleep(100);
      const now = this.cpuSeconds();
      if (now - before < 0.015) return;
      before = now;
    }
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    await ended;
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function answers(port: number): Promise<boolean> {
  try {
    const connection = await Connection.open(port);
    const { status } = await connection.send(PROBE).finally(() => connection.close());
    return status === 200;
  } catch {
    await sleep(2);
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
