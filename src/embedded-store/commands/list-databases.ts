import { compileFilter } from '../query/filter.js';
import type { Call, Command, Reply } from './command.js';
import { boolean, document, long, optional, toDoc } from './values.js';

/** `authorizedDatabases` is about rights, of which there are none. */
export const listDatabases: Command = { options: ['filter', 'nameOnly', 'authorizedDatabases'], run };

function run({ args, server }: Call): Reply {
  const nameOnly = optional(args, 'nameOnly', boolean) ?? false;
  const filter = compileFilter(optional(args, 'filter', document) ?? new Map());
  const sizes = new Map<string, number>();
  for (const { database, bytes, isProvisional } of server.engine.catalog.all())
    if (!isProvisional) sizes.set(database, (sizes.get(database) ?? 0) + bytes);
  const databases = [...sizes]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, size]) => toDoc({ name, sizeOnDisk: long(size), empty: false }));
  const shown = databases.filter((doc) => filter.matches(doc));
  if (nameOnly) return toDoc({ databases: shown.map((doc) => new Map([['name', doc.get('name')!]])), ok: 1 });
  const total = shown.reduce((sum, doc) => sum + Number(doc.get('sizeOnDisk')), 0);
  return toDoc({ databases: shown, totalSize: long(total), totalSizeMb: long(Math.floor(total / 2 ** 20)), ok: 1 });
}
