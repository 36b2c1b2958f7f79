import type { Connection } from 'mongoose';
import type { MasterKey } from '../crypto/sealing.js';
import { isDuplicateKey } from '../database/database.js';

interface MasterKeyRecord {
  _id: 'master-key';
  checkValue: string;
}

/** What the database holds was sealed with another master key. */
export class MasterKeyMismatch extends Error {
  override readonly name = 'MasterKeyMismatch';

  constructor() {
    super('LATCHKEY_MASTER_KEY: does not fit this database, which was set up with another master key');
  }
}

/** Notes the key's check value at the very first start, and compares it at each later one. @throws MasterKeyMismatch */
export async function checkMasterKey(connection: Connection, masterKey: MasterKey): Promise<void> {
  const records = connection.db!.collection<MasterKeyRecord>('setup');
  try {
    await records.insertOne({ _id: 'master-key', checkValue: masterKey.checkValue() });
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    const stored = await records.findOne({ _id: 'master-key' });
    if (!stored || !masterKey.fits(stored.checkValue)) throw new MasterKeyMismatch();
  }
}
