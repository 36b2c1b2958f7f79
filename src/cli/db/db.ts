import { InvalidArgumentError, type Command } from 'commander';
import type { Terminal } from '../terminal.js';

/** `latchkey db …`: the data directory, without Nest. What a command needs is loaded when it runs. */
export function addDbCommands(program: Command, terminal: Terminal): void {
  const db = program
    .command('db')
    .description('the embedded store in the data directory; none of these carries the master key: keep it apart')
    .helpCommand(false);

  db.command('serve')
    .description(
      'open the data directory alone (server stopped), for other programs with a MongoDB driver, until Ctrl-C',
    )
    .option('--port <n>', 'listen on this port of 127.0.0.1 too (0: any), with a password made for this run', port)
    .action(async (options: { port?: number }) => (await import('./serve.js')).serve(options, terminal));

  db.command('backup')
    .description('write everything into one file, which must not be there yet; also while the server runs')
    .argument('<file>')
    .action(async (file: string) => (await import('./backup.js')).backup(file, terminal));

  db.command('restore')
    .description('check a backup and put it into the data directory, which must be empty')
    .argument('<file>')
    .action(async (file: string) => (await import('./restore.js')).restore(file, terminal));

  db.command('copy')
    .description('copy everything to MongoDB (also while the server runs), or from it into an empty data directory')
    .option('--to <MONGODB_URI>', 'where to; its database must be empty, or left by a copy that was interrupted')
    .option('--from <MONGODB_URI>', 'where from')
    .action(async ({ to, from }: { to?: string; from?: string }, command: Command) => {
      if ((to === undefined) === (from === undefined)) command.error('error: give either --to or --from');
      const { copyFrom, copyTo } = await import('./copy.js');
      await (to === undefined ? copyFrom(from!, terminal) : copyTo(to, terminal));
    });
}

function port(value: string): number {
  const number = /^\d{1,5}$/.test(value) ? Number(value) : Infinity;
  if (number > 65_535) throw new InvalidArgumentError('A port is a whole number from 0 to 65535.');
  return number;
}
