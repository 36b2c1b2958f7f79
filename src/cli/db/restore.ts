import { join, resolve } from 'node:path';
import type { Config } from '../../config/config.js';
import { StoreCopy } from '../../embedded-store/index.js';
import type { Terminal } from '../terminal.js';
import { BackupRefused, type Manifest, pour, readHeader, withFile } from './backup-file.js';
import { directoryConfig } from './directory-config.js';
import { fillDirectory } from './empty-directory.js';
import { compareFacts, factsOf } from './facts.js';
import { checkValueIn, keyWords } from './master-key.js';

/**
 * Puts a backup into an empty data directory, once everything in it was counted, hashed and found by its indexes.
 *
 * @throws BackupRefused, KeyDoesNotFit, StoreDamaged; the directory is as it was then
 */
export async function restore(given: string, terminal: Terminal): Promise<void> {
  const config = directoryConfig(terminal.env);
  const file = resolve(given);
  await withFile(file, { flags: 'r' }, async (from) => {
    const { manifest, dataAt } = await readHeader(file, from);
    let words = '';
    await fillDirectory(config.dataDir, async (path) => {
      const sha256 = await withFile(join(path, 'data.mdb'), { flags: 'wx', mode: 0o600 }, async (to) => {
        const poured = await pour(from, dataAt, to);
        await to.sync();
        return poured.sha256;
      });
      if (sha256 !== manifest.sha256) throw new BackupRefused(`${file}: is damaged, its data is not what was written`);
      words = await check(path, config, manifest);
    });
    const documents = manifest.collections.reduce((sum, { count }) => sum + count, 0);
    terminal.out(`${config.dataDir}: ${documents} documents of ${manifest.created}, counted, hashed and right.\n`);
    terminal.err(
      `${words}Sessions that were ended after ${manifest.created} are open again: end them where that matters.\n`,
    );
  });
}

async function check(path: string, config: Config, manifest: Manifest): Promise<string> {
  const copy = await StoreCopy.open(path);
  try {
    compareFacts(manifest.collections, copy.inventory().map(factsOf));
    return keyWords(config, checkValueIn(copy));
  } finally {
    await copy.close();
  }
}
