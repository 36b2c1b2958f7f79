import type { Long } from 'bson';
import { MongoError } from '../errors.js';
import type { Command } from './command.js';
import { bigInteger, long, toDoc } from './values.js';

export const killCursors: Command = {
  options: ['cursors'],
  inTransaction: true,
  run({ args, server }) {
    const ids = args.get('cursors');
    if (!Array.isArray(ids))
      throw new MongoError(40414, "BSON field 'killCursors.cursors' is missing but a required field");
    const killed: Long[] = [];
    const missing: Long[] = [];
    for (const value of ids) {
      const id = bigInteger(value, 'cursors');
      (server.cursors.close(id) ? killed : missing).push(long(id));
    }
    return toDoc({ cursorsKilled: killed, cursorsNotFound: missing, cursorsAlive: [], cursorsUnknown: [], ok: 1 });
  },
};
