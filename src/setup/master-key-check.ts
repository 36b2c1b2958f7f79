import type { INestApplicationContext } from '@nestjs/common';
import { getConnectionToken } from '@nestjs/mongoose';
import type { Binary } from 'mongodb';
import type { Connection } from 'mongoose';
import { MasterKey } from '../crypto/sealing.js';
import { bytesOf } from '../database/bytes.js';
import { ChangeFeed } from '../database/change-feed.js';
import { isDuplicateKey } from '../database/database.js';

export interface MasterKeyRecord {
  _id: 'master-key';
  checkValue: string;
  /** While the master key is being changed: the check value of the new one. */
  next?: string;
  changedAt?: Date;
}

export const RECORD_ID = 'master-key';
/** Where the audit trail's key is, once the master key is not the one that it was derived from. */
export const AUDIT_KEY_ID = 'audit-key';

/** What the database holds was sealed with another master key. */
export class MasterKeyMismatch extends Error {
  override readonly name = 'MasterKeyMismatch';

  constructor(changedAt?: Date) {
    const how = changedAt
      ? `whose master key was changed on ${changedAt.toISOString()}`
      : 'which was set up with another master key';
    super(`LATCHKEY_MASTER_KEY: does not fit this database, ${how}`);
  }
}

/** Some of what the database holds is sealed with one master key, some with another. */
export class MasterKeyChanging extends Error {
  override readonly name = 'MasterKeyChanging';

  constructor() {
    super(
      'the master key of this database is being changed; where that was interrupted, run "latchkey master-key rotate" again',
    );
  }
}

interface AuditKeyRecord {
  _id: typeof AUDIT_KEY_ID;
  sealedKey: Binary;
}

/**
 * Notes the key's check value at the very first start, and compares it at each later one; takes the audit trail's key from
 * where a change of the master key left it.
 *
 * @throws MasterKeyMismatch, MasterKeyChanging
 */
export async function checkMasterKey(connection: Connection, masterKey: MasterKey): Promise<void> {
  const records = connection.db!.collection<MasterKeyRecord>('setup');
  try {
    await records.insertOne({ _id: RECORD_ID, checkValue: masterKey.checkValue() });
    return;
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
  }
  const stored = await records.findOne({ _id: RECORD_ID });
  if (stored?.next !== undefined) throw new MasterKeyChanging();
  if (!stored || !masterKey.fits(stored.checkValue)) throw new MasterKeyMismatch(stored?.changedAt);
  const audit = await connection.db!.collection<AuditKeyRecord>('setup').findOne({ _id: AUDIT_KEY_ID });
  if (audit) masterKey.useAuditKey(masterKey.open(bytesOf(audit.sealedKey), AUDIT_KEY_ID));
}

/**
 * Tells when the master key is being changed under a running server: what it would seal from then on nobody could open. To be
 * called before the change feed starts.
 */
export function onMasterKeyChange(context: INestApplicationContext, changed: (why: Error) => void): void {
  const connection = context.get<Connection>(getConnectionToken());
  const masterKey = context.get(MasterKey);
  const look = async (): Promise<void> => {
    const stored = await connection.db!.collection<MasterKeyRecord>('setup').findOne({ _id: RECORD_ID });
    if (stored?.next !== undefined) changed(new MasterKeyChanging());
    else if (stored && !masterKey.fits(stored.checkValue)) changed(new MasterKeyMismatch(stored.changedAt));
  };
  // While the database does not answer there is nothing to know; the feed tells when it is back.
  const listener = (): void => void look().catch(() => {});
  context.get(ChangeFeed).listen('setup', { changed: listener, lost: listener });
}
