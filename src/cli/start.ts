import type { Command } from 'commander';

/** `latchkey start`: the server, in this process. */
export function addStartCommand(program: Command): void {
  program
    .command('start')
    .description('start the server; it runs until it is ended by SIGTERM or Ctrl+C')
    .action(async () => {
      await import('../main.js');
    });
}
