import { InvalidArgumentError, Option, type Command } from 'commander';
import { APP_OPTION } from '../chosen-app.js';
import type { Terminal } from '../terminal.js';
import type { ListOptions, Options, UserChange } from './actions.js';

const USER = ['<user>', 'its id, or the address it logs in with'] as const;
const CHANGES: Record<UserChange, string> = {
  disable: 'let a user log in no more, and end all sessions',
  enable: 'let a disabled user log in again',
  revoke: 'end all sessions of a user',
  delete: 'delete a user for good, with keys and sessions',
};

/** `latchkey users …`: what administrators do with the users of an app. */
export function addUsersCommands(program: Command, terminal: Terminal): void {
  const users = program.command('users').description('the users of an app').helpCommand(false);

  listOptions(users.command('list').description('show users, oldest first')).action(async (options: ListOptions) =>
    (await actions()).listUsers(undefined, options, terminal),
  );

  listOptions(
    users
      .command('search')
      .description('find users by the beginning of an address or a name, or by a whole id of user, identity or device')
      .argument('<text>', 'several words must all be found'),
  ).action(async (text: string, options: ListOptions) => (await actions()).listUsers(text, options, terminal));

  users
    .command('create')
    .description('make a confirmed email user; the password is asked for, or read from stdin')
    .argument('<email>', 'the address to log in with')
    .option(...APP_OPTION)
    .option('--json', 'print the user as JSON')
    .action(async (email: string, options: Options) => (await actions()).createUser(email, options, terminal));

  users
    .command('show')
    .description('show one user with all ways to log in')
    .argument(...USER)
    .option(...APP_OPTION)
    .option('--json', 'print the user as JSON')
    .action(async (user: string, options: Options) => (await actions()).showUser(user, options, terminal));

  for (const [name, description] of Object.entries(CHANGES) as [UserChange, string][]) {
    users
      .command(name)
      .description(description)
      .argument(...USER)
      .option(...APP_OPTION)
      .option('--json', name === 'delete' ? 'print its id as JSON' : 'print the user as JSON')
      .action(async (user: string, options: Options) => (await actions()).changeUser(user, options, name, terminal));
  }
}

/** What a command needs is loaded when it runs. */
const actions = () => import('./actions.js');

function listOptions(command: Command): Command {
  return command
    .option(...APP_OPTION)
    .addOption(new Option('--status <status>', 'only these').choices(['enabled', 'disabled']))
    .option('--provider <type>', 'only users who can log in this way')
    .option('--limit <n>', 'at most so many', count, 50)
    .option('--all', 'without a limit')
    .option('--json', 'print them as a JSON array');
}

function count(value: string): number {
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new InvalidArgumentError('A limit is a whole number, 1 or more.');
  return Number(value);
}
