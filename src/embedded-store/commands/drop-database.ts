import { dropDatabase as dropAll } from '../storage/schema.js';
import type { Command } from './command.js';
import { checkDatabase } from './namespace.js';
import { toDoc } from './values.js';

export const dropDatabase: Command = {
  options: [],
  isWrite: true,
  async run({ server, database }) {
    checkDatabase(database);
    await dropAll(server.engine, database);
    return toDoc({ dropped: database, ok: 1 });
  },
};
