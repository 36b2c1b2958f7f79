import { startEmbeddedStore } from '../../embedded-store/index.js';
import type { Terminal } from '../terminal.js';
import { directoryConfig } from './directory-config.js';

/**
 * Opens the data directory alone and prints its address, on a line of its own, until the process is asked to end.
 *
 * @throws DirectoryInUse while a server runs on it
 */
export async function serve({ port }: { port?: number }, terminal: Terminal): Promise<void> {
  const { dataDir } = directoryConfig(terminal.env);
  // Listened for first: who stops it while it opens stops it cleanly too.
  const asked = askedToEnd();
  const store = await startEmbeddedStore({
    directory: dataDir,
    sameThread: true,
    ...(port === undefined ? {} : { port }),
  });
  terminal.out(`${store.portUri ?? store.uri}\n`);
  terminal.err(
    `Serving ${dataDir}. ${store.portUri ? 'The address holds the password.' : 'Only this user can reach it.'} Ctrl-C stops it.\n`,
  );
  await asked;
  await store.close();
}

function askedToEnd(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve());
  });
}
