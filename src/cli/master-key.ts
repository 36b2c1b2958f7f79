import { join } from 'node:path';
import type { Command } from 'commander';
import { MongoClient } from 'mongodb';
import type { Config } from '../config/config.js';
import { databaseIn, DEFAULT_DATABASE } from '../config/database-name.js';
import { loadConfig } from '../config/load-config.js';
import { adoptNextMasterKey, findMasterKey, loadOrCreateMasterKey, nextKeyFile } from '../crypto/master-key-file.js';
import { MasterKey } from '../crypto/sealing.js';
import { openStore } from '../database/open-store.js';
import type { KeyChange, RotationOutcome } from '../setup/master-key-rotation.js';
import type { Terminal } from './terminal.js';

/** So long a server may take to end (docs/master-key.md), with what a change stream takes to tell it. */
const SERVERS_END_MS = 12_000;
const SAY_EVERY_MS = 2_000;

interface Keys extends KeyChange {
  /** The key file of the data directory, where the keys come from one. */
  file?: string;
}

/** `latchkey master-key …` */
export function addMasterKeyCommands(program: Command, terminal: Terminal): void {
  const masterKey = program
    .command('master-key')
    .description('the key that seals what must be read again')
    .helpCommand(false);

  masterKey
    .command('rotate')
    .description(
      'change the master key and seal everything anew; servers must be stopped. Interrupted, run it again: it goes on where it was',
    )
    .option('--now', 'do not wait for servers on MONGODB_URI to end: all are stopped')
    .action((options: { now?: boolean }) => rotate(options, terminal));
}

async function rotate({ now = false }: { now?: boolean }, terminal: Terminal): Promise<void> {
  const config = loadConfig(terminal.env);
  // Not beside a server: it would go on sealing with the old key.
  const store = await openStore(config, { sameThread: true });
  try {
    const keys = keysOf(config);
    const client = new MongoClient(store.uri, {
      serverSelectionTimeoutMS: 5_000,
      writeConcern: { w: 'majority', journal: true },
      readPreference: 'primary',
    });
    try {
      const db = client.db(databaseIn(store.uri) ?? DEFAULT_DATABASE);
      const waits = config.mongodbUri !== undefined && !now;
      if (waits) {
        terminal.err(`Servers on this database are told to end, and given ${SERVERS_END_MS / 1_000} seconds for it.\n`);
      }
      const { rotateMasterKey } = await import('../setup/master-key-rotation.js');
      const outcome = await rotateMasterKey(db, keys, {
        progress: progressTo(terminal),
        ...(waits ? { pauseMs: SERVERS_END_MS } : {}),
      });
      sayUnopened(outcome, terminal);
      terminal.out(`${doneWords(outcome)}${nextSteps(keys)}`);
    } finally {
      await client.close();
    }
  } finally {
    await store.close();
  }
}

/** @throws in words where one of them is missing, or both are the same */
function keysOf(config: Config): Keys {
  const { masterKey, newMasterKey, dataDir } = config;
  if (!masterKey) {
    if (newMasterKey) {
      throw new Error(
        'LATCHKEY_NEW_MASTER_KEY: goes with LATCHKEY_MASTER_KEY; the key in the data directory is changed for one that is made here',
      );
    }
    const file = join(dataDir, 'master.key');
    const from = findMasterKey(file);
    if (!from) throw new Error(`${file}: there is no master key to change`);
    return { from, to: loadOrCreateMasterKey(nextKeyFile(file)).key, file };
  }
  if (!newMasterKey) {
    throw new Error(
      'LATCHKEY_NEW_MASTER_KEY: must hold the master key to change to; make one with "openssl rand -base64 32" and keep it safe',
    );
  }
  const keys = { from: new MasterKey(masterKey), to: new MasterKey(newMasterKey) };
  if (keys.from.fits(keys.to.checkValue())) {
    throw new Error('LATCHKEY_NEW_MASTER_KEY: is the same key as LATCHKEY_MASTER_KEY');
  }
  return keys;
}

function progressTo(terminal: Terminal): (field: string, done: number, total: number) => void {
  let saidAt = 0;
  return (field, done, total) => {
    if (total === 0 || (done > 0 && done < total && Date.now() - saidAt < SAY_EVERY_MS)) return;
    saidAt = Date.now();
    terminal.err(`  ${field}: ${done} of ${total}\n`);
  };
}

function sayUnopened({ unopened }: RotationOutcome, terminal: Terminal): void {
  for (const [field, ids] of unopened) {
    const shown = ids.slice(0, 10).join(', ');
    terminal.err(
      `${field}: ${ids.length} cannot be opened with the old key either, and stay as they are: ${shown}${ids.length > 10 ? ', …' : ''}\n`,
    );
  }
}

function doneWords({ wasDone, resealed }: RotationOutcome): string {
  return wasDone
    ? 'The master key was changed already.\n'
    : `The master key was changed: ${resealed} values sealed anew.\n`;
}

function nextSteps({ file }: Keys): string {
  if (file === undefined) {
    return (
      'Start the servers with LATCHKEY_MASTER_KEY set to the new key, and without LATCHKEY_NEW_MASTER_KEY. The old key opens\n' +
      'copies of the data from before: keep it as long as you keep those.\n'
    );
  }
  const old = adoptNextMasterKey(file, new Date());
  return (
    `${file} holds the new key: keep a copy of it, apart from copies of the data. ${old} holds the old one,\n` +
    'for copies of the data from before: move it to them, or delete it with them.\n'
  );
}
