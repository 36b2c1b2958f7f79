import { Command, CommanderError } from 'commander';
import { VERSION } from '../common/version.js';
import { addAdminCommands } from './admin.js';
import { addAppCommands } from './app.js';
import { addAuditCommands } from './audit/audit.js';
import { addDbCommands } from './db/db.js';
import { addKeysCommands } from './keys.js';
import { addMasterKeyCommands } from './master-key.js';
import { inWords } from './refusal.js';
import { addStartCommand } from './start.js';
import type { Terminal } from './terminal.js';
import { addUsersCommands } from './users/users.js';

/** What a shell is told: done, refused with a reason on stderr, or not understood. */
export const EXIT = { done: 0, refused: 1, usage: 2 } as const;

/** @param args without `node` and the script */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const program = createProgram(terminal);
  try {
    await program.parseAsync(args, { from: 'user' });
    return EXIT.done;
  } catch (error) {
    // Commander has said it already, to the right stream; its exit code is 0 after --help and --version.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    terminal.err(`latchkey: ${inWords(error)}\n`);
    return EXIT.refused;
  }
}

function createProgram(terminal: Terminal): Command {
  const program = new Command('latchkey')
    .description('Latchkey, an authentication server. Settings are environment variables, the same as for the server.')
    .version(VERSION, '-V, --version', 'print the version')
    .exitOverride()
    .configureOutput({ writeOut: (text) => terminal.out(text), writeErr: (text) => terminal.err(text) })
    .showHelpAfterError('(latchkey --help shows what there is)');
  addStartCommand(program);
  addAdminCommands(program, terminal);
  addAppCommands(program, terminal);
  addUsersCommands(program, terminal);
  addKeysCommands(program, terminal);
  addAuditCommands(program, terminal);
  addDbCommands(program, terminal);
  addMasterKeyCommands(program, terminal);
  return program;
}
