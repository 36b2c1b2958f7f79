/**
 * `npm run bench:verifier`: what it costs a backend to verify an access token with `latchkey/verifier`, as ratios to the bare check
 * of its signature by the same library, in turns; then how long after its answer a logout counts in the backend.
 * Options: --tokens 2000, --rounds 7, --logouts 100.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { compactVerify, decodeProtectedHeader, importJWK, type JWK } from 'jose';
import { Verifier } from '../src/verifier/index.js';
import { ServerProcess } from './server-process.js';
import { median } from './table.js';

interface Login {
  access_token: string;
  refresh_token: string;
}

const AT_ONCE = 16;
const LOOK_EVERY_MS = 5;

const { values: options } = parseArgs({
  options: {
    tokens: { type: 'string', default: '2000' },
    rounds: { type: 'string', default: '7' },
    logouts: { type: 'string', default: '100' },
  },
});

async function microseconds(tokens: string[], verify: (token: string) => Promise<unknown>): Promise<number> {
  const started = performance.now();
  for (const token of tokens) await verify(token);
  return ((performance.now() - started) * 1_000) / tokens.length;
}

async function inLanes<T>(count: number, work: () => Promise<T>): Promise<T[]> {
  const done: T[] = [];
  let left = count;
  const lane = async (): Promise<void> => {
    while (left-- > 0) done.push(await work());
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return done;
}

async function keyOf(issuer: string, token: string) {
  const { keys } = (await (await fetch(`${issuer}/.well-known/jwks.json`)).json()) as { keys: JWK[] };
  const { kid } = decodeProtectedHeader(token);
  return importJWK(keys.find((key) => key.kid === kid)!);
}

async function costs(issuer: string, tokens: string[]): Promise<void> {
  const key = await keyOf(issuer, tokens[0]!);
  const cached = new Verifier({ issuer });
  const uncached = new Verifier({ issuer, maxCachedTokens: 0 });
  await Promise.all([cached.ready(), uncached.ready()]);
  const contenders: Record<string, (token: string) => Promise<unknown>> = {
    'bare signature check': (token) => compactVerify(token, key),
    'verify, first time': (token) => uncached.verify(token),
    'verify, known token': (token) => cached.verify(token),
  };
  const took: Record<string, number[]> = {};
  for (let round = 0; round <= Number(options.rounds); round++) {
    for (const [name, verify] of Object.entries(contenders)) {
      const value = await microseconds(tokens, verify);
      // The first round warms up.
      if (round > 0) (took[name] ??= []).push(value);
    }
  }
  for (const verifier of [cached, uncached]) verifier.close();
  const bare = median(took['bare signature check']!);
  console.log('|                      | µs per token | ratio |\n| -------------------- | -----------: | ----: |');
  for (const [name, values] of Object.entries(took)) {
    const value = median(values);
    console.log(`| ${name.padEnd(20)} | ${value.toFixed(1).padStart(12)} | ${(value / bare).toFixed(3)} |`);
  }
}

async function logouts(base: string, issuer: string, enter: () => Promise<Login>): Promise<void> {
  const verifier = new Verifier({ issuer });
  const took = await inLanes(Number(options.logouts), async () => {
    const login = await enter();
    await verifier.verify(login.access_token);
    const headers = { authorization: `Bearer ${login.refresh_token}` };
    await fetch(`${base}/api/client/v2.0/auth/session`, { method: 'DELETE', headers });
    const answered = performance.now();
    while (await verifier.verify(login.access_token).then(Boolean, () => false)) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    return performance.now() - answered;
  });
  verifier.close();
  const sorted = took.sort((a, b) => a - b);
  const within = sorted.filter((ms) => ms <= 1_000).length;
  const [middle, last] = [median(sorted), sorted.at(-1)!].map((ms) => ms.toFixed(0));
  console.log(
    `\nLogouts that count within a second: ${within} of ${sorted.length} (median ${middle} ms, slowest ${last} ms)`,
  );
}

const directory = await mkdtemp(join(tmpdir(), 'latchkey-bench-verifier-'));
const server = await ServerProcess.start({
  name: 'Latchkey',
  script: join(dirname(fileURLToPath(import.meta.url)), '../bundle/src/main.js'),
  env: {
    ...process.env,
    LATCHKEY_DATA_DIR: join(directory, 'data'),
    LATCHKEY_USERS_PER_ADDRESS_PER_HOUR: '0',
    LOG_LEVEL: 'warn',
  },
  logFile: join(directory, 'log'),
});
try {
  const base = `http://localhost:${server.port}`;
  const issuer = `${base}/api/client/v2.0/app/demo-local`;
  const enter = async (): Promise<Login> => {
    const response = await fetch(`${issuer}/auth/providers/anon-user/login`, { method: 'POST' });
    if (!response.ok) throw new Error(`login: ${response.status} ${await response.text()}`);
    return (await response.json()) as Login;
  };
  const logins = await inLanes(Number(options.tokens), enter);
  console.log(`${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.version}, ${options.tokens} tokens\n`);
  await costs(
    issuer,
    logins.map(({ access_token: token }) => token),
  );
  await logouts(base, issuer, enter);
} finally {
  await server.stop();
  await rm(directory, { recursive: true, force: true });
}
