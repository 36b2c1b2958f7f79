import { randomUUID } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ErrorCodes, MongoError } from '../errors.js';
import { DiskFull } from '../storage/key-value.js';
import type { Command } from './command.js';
import { toDoc } from './values.js';

/** Directories inside the data directory that hold a copy, for as long as the connection that asked for it is open. */
const COPY_DIRECTORY = 'copy-';

/**
 * Ours, for backups: writes one committed state into a new directory inside the data directory, while writes go on, and answers
 * with its path. It goes with the connection, so that a client which is killed leaves nothing. Only over the private socket, whose
 * clients can read the data directory anyway.
 */
export const latchkeyCopy: Command = {
  options: [],
  async run({ server, connection }) {
    if (!connection.isPrivate)
      throw new MongoError(ErrorCodes.Unauthorized, 'latchkeyCopy is answered on the private socket only');
    const path = join(server.directory, `${COPY_DIRECTORY}${randomUUID()}`);
    const remove = () => rmSync(path, { recursive: true, force: true });
    try {
      await server.engine.store.copyTo(path);
      if (!connection.isOpen) remove();
      connection.onClose(remove);
    } catch (error) {
      if (error instanceof DiskFull) throw new MongoError(ErrorCodes.OutOfDiskSpace, error.message);
      throw error;
    }
    return toDoc({ path, ok: 1 });
  },
};

/** What was left by clients that did not come to the end. */
export function removeCopies(directory: string): void {
  for (const name of readdirSync(directory)) {
    if (name.startsWith(COPY_DIRECTORY)) rmSync(join(directory, name), { recursive: true, force: true });
  }
}
