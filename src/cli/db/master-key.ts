import { join } from 'node:path';
import { deserialize } from 'bson';
import type { Config } from '../../config/config.js';
import { DEFAULT_DATABASE } from '../../config/database-name.js';
import { findMasterKey } from '../../crypto/master-key-file.js';
import { MasterKey } from '../../crypto/sealing.js';
import type { StoreCopy } from '../../embedded-store/index.js';

/** Where the server notes, at its first start, which key it seals with (src/setup/master-key-check.ts). */
export const KEY_RECORD = { collection: 'setup', id: 'master-key' } as const;

/** The data was sealed with another key than the one at hand. */
export class KeyDoesNotFit extends Error {
  override readonly name = 'KeyDoesNotFit';
}

/** The check value of the data, undefined before a server has started on it. */
export function checkValueIn(copy: StoreCopy): string | undefined {
  for (const raw of copy.documents(DEFAULT_DATABASE, KEY_RECORD.collection)) {
    const record = deserialize(raw);
    if (record['_id'] === KEY_RECORD.id && typeof record['checkValue'] === 'string') return record['checkValue'];
  }
  return undefined;
}

/**
 * Compares the data with the master key of the settings or of the data directory.
 *
 * @returns what a person has to know about the key, in words
 * @throws KeyDoesNotFit, MasterKeyFileRefused
 */
export function keyWords(config: Config, checkValue: string | undefined): string {
  const file = join(config.dataDir, 'master.key');
  const fromFile = config.masterKey ? undefined : findMasterKey(file);
  const key = config.masterKey ? new MasterKey(config.masterKey) : fromFile;
  const name = config.masterKey ? 'LATCHKEY_MASTER_KEY' : file;
  if (checkValue === undefined) return 'No server has sealed anything in this data yet, so it fits any master key.\n';
  if (!key) {
    return (
      'The master key was not at hand (neither LATCHKEY_MASTER_KEY nor master.key in the data directory), so it was not\n' +
      'checked that it opens this data. Without it all passwords are lost. It travels separately: bring it before the start.\n'
    );
  }
  if (!key.fits(checkValue)) {
    throw new KeyDoesNotFit(`${name}: does not open this data, which was sealed with another master key`);
  }
  return `The master key is not in it and travels separately. ${name} opens this data: keep a copy of it in another place.\n`;
}
