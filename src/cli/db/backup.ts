import { randomBytes } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { StoreCopy } from '../../embedded-store/index.js';
import type { Terminal } from '../terminal.js';
import { BackupRefused, type Manifest, pour, readHeader, withFile, writeHeader } from './backup-file.js';
import { directoryConfig } from './directory-config.js';
import { factsOf } from './facts.js';
import { giveName } from './files.js';
import { withLiveCopy } from './live-copy.js';
import { checkValueIn, keyWords } from './master-key.js';

/**
 * Writes a backup (0600). The data is read whole, index by index, before it is written, and the file is read again after.
 *
 * @throws KeyDoesNotFit, StoreDamaged, and in words when the file is there
 */
export async function backup(given: string, terminal: Terminal): Promise<void> {
  const config = directoryConfig(terminal.env);
  const file = resolve(given);
  if (existsSync(file)) throw new Error(`${file}: is there already, and is not overwritten`);
  await withLiveCopy(config.dataDir, async (path) => {
    const { collections, words } = await examine(path, (checkValue) => keyWords(config, checkValue));
    await writeBackup(file, join(path, 'data.mdb'), collections);
    const documents = collections.reduce((sum, { count }) => sum + count, 0);
    terminal.out(`${file}: ${documents} documents in ${collections.length} collections, read back and right.\n`);
    terminal.err(words);
  });
}

async function examine(path: string, wordsFor: (checkValue: string | undefined) => string) {
  const copy = await StoreCopy.open(path);
  try {
    return { words: wordsFor(checkValueIn(copy)), collections: copy.inventory().map(factsOf) };
  } finally {
    await copy.close();
  }
}

async function writeBackup(file: string, data: string, collections: Manifest['collections']): Promise<void> {
  const unfinished = `${file}.${randomBytes(6).toString('hex')}.part`;
  try {
    await withFile(data, { flags: 'r' }, async (from) => {
      const { sha256, size } = await pour(from, 0);
      const manifest: Manifest = { created: new Date().toISOString(), format: 'data.mdb', collections, size, sha256 };
      await withFile(unfinished, { flags: 'wx', mode: 0o600 }, async (to) => {
        await writeHeader(to, manifest);
        await pour(from, 0, to);
        await to.sync();
      });
    });
    await withFile(unfinished, { flags: 'r' }, async (written) => {
      const { manifest, dataAt } = await readHeader(unfinished, written);
      const { sha256 } = await pour(written, dataAt);
      if (sha256 !== manifest.sha256) throw new BackupRefused(`${file}: reads back other than it was written`);
    });
    giveName(unfinished, file);
  } finally {
    rmSync(unfinished, { force: true });
  }
}
