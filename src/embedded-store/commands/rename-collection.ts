import { MongoError, unsupported } from '../errors.js';
import { renameCollection as rename } from '../storage/schema.js';
import type { Command } from './command.js';
import { partsOf } from './namespace.js';
import { boolean, optional, required, string, toDoc } from './values.js';

/** Within one database. Documents and indexes stay where they are. */
export const renameCollection: Command = {
  options: ['to', 'dropTarget'],
  isWrite: true,
  async run({ server, args, database }) {
    if (database !== 'admin') throw new MongoError(13, 'renameCollection may only be run against the admin database.');
    const from = partsOf(required(args, 'renameCollection', string));
    const to = partsOf(required(args, 'to', string));
    const dropsTarget = optional(args, 'dropTarget', boolean) ?? false;
    if (from.namespace === to.namespace) throw new MongoError(20, "Can't rename a collection to itself");
    if (from.database !== to.database) throw unsupported('renameCollection to another database');
    await rename(server.engine, from.namespace, to.namespace, dropsTarget);
    return toDoc({ ok: 1 });
  },
};
