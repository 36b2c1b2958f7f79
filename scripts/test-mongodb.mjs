/**
 * Runs the test suite against the replica set that MONGODB_URI names. Without one, a store that `latchkey db serve` opens in
 * another process stands in for it, which at least proves that nothing depends on sharing a process. Arguments go to jest.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const given = process.env.MONGODB_URI;
const standIn = given ? undefined : await serve();
// A terminal sends Ctrl-C to all three processes; this one ends last.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});
try {
  const from = given
    ? 'the replica set of MONGODB_URI'
    : 'a store of "latchkey db serve", since MONGODB_URI is not set';
  process.stdout.write(`The database of this run is ${from}.\n`);
  process.exitCode = await runJest(given ?? standIn.uri);
} finally {
  await standIn?.stop();
}

async function serve() {
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-test-mongodb-'));
  const child = spawn(process.execPath, [join(root, 'dist/bundle/src/cli/main.js'), 'db', 'serve'], {
    env: { ...withoutOurs(), LATCHKEY_DATA_DIR: join(directory, 'data') },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit');
  const stop = async () => {
    child.kill('SIGTERM');
    await exit;
    await rm(directory, { recursive: true, force: true });
  };
  const uri = await Promise.race([once(child.stdout.setEncoding('utf8'), 'data'), exit.then(() => [''])]);
  if (uri[0]) return { uri: uri[0].trim(), stop };
  await stop();
  throw new Error('latchkey db serve did not start');
}

function withoutOurs() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(LATCHKEY_.*|MONGODB_URI)$/.test(name)));
}

async function runJest(uri) {
  const flags = ['--disable-warning=ExperimentalWarning', '--experimental-vm-modules'];
  const jest = join(root, 'node_modules/jest/bin/jest.js');
  const child = spawn(process.execPath, [...flags, jest, ...process.argv.slice(2)], {
    cwd: root,
    env: { ...process.env, MONGODB_URI: uri },
    stdio: 'inherit',
  });
  const [code] = await once(child, 'exit');
  return code ?? 1;
}
