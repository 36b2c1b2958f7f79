import { existsSync } from 'node:fs';
import type { Command } from 'commander';

/** The server in a few files, which start faster; there is none where only the sources were built. */
const BUNDLE = new URL('../../bundle/src/main.js', import.meta.url);
const SERVER = new URL('../main.js', import.meta.url);

/** `latchkey start`: the server, in this process. */
export function addStartCommand(program: Command): void {
  program
    .command('start')
    .description('start the server; it runs until it is ended by SIGTERM or Ctrl+C')
    .action(async () => {
      await import((existsSync(BUNDLE) ? BUNDLE : SERVER).href);
    });
}
