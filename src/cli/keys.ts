import type { Command } from 'commander';
import type { ObjectId } from 'mongodb';
import { apiKeyView } from '../admin/api/api-keys.view.js';
import type { App } from '../apps/app.model.js';
import { recordInApp } from './audit/record.js';
import { APP_OPTION, chosenApp } from './chosen-app.js';
import { json } from './json.js';
import type { Services } from './services.js';
import { table } from './table.js';
import type { Terminal } from './terminal.js';

interface Options {
  app?: string;
  json?: boolean;
}

/** `latchkey keys …`: the keys of servers. Those that users make are theirs. */
export function addKeysCommands(program: Command, terminal: Terminal): void {
  const keys = program.command('keys').description('the API keys of servers, per app').helpCommand(false);

  keys
    .command('list')
    .description('show the keys by name; never the keys themselves')
    .option(...APP_OPTION)
    .option('--json', 'print them as a JSON array')
    .action((options: Options) => listKeys(options, terminal));

  keys
    .command('create')
    .description('make a key and print it, this once; the api-key provider of the app must be enabled')
    .argument('<name>', 'letters, digits, - and _')
    .option(...APP_OPTION)
    .option('--json', 'print the key and its id as JSON')
    .action((name: string, options: Options) => createKey(name, options, terminal));

  const change = (name: string, description: string, done: string, act: Act): void => {
    keys
      .command(name)
      .description(description)
      .argument('<key>', 'its id or its name')
      .option(...APP_OPTION)
      .option('--json', name === 'delete' ? 'print its id as JSON' : 'print the key’s name and state as JSON')
      .action((key: string, options: Options) => changeKey(key, options, { name, done, act, terminal }));
  };
  change('disable', 'let a key log in no more, and end its sessions', 'is disabled', ({ serverKeys }, app, id) =>
    serverKeys.setDisabled(app, id, true),
  );
  change('enable', 'let a disabled key log in again', 'is enabled', ({ serverKeys }, app, id) =>
    serverKeys.setDisabled(app, id, false),
  );
  change('delete', 'delete a key for good, with the server user behind it', 'was deleted', ({ serverKeys }, app, id) =>
    serverKeys.delete(app, id),
  );
}

type Act = (services: Services, app: App, id: ObjectId) => Promise<void>;

async function listKeys(options: Options, terminal: Terminal): Promise<void> {
  const { withServices } = await import('./services.js');
  await withServices(terminal.env, async (services) => {
    const found = await services.serverKeys.list(await chosenApp(services, options.app));
    const rows = found.map((key) => [key.name, key.disabled ? 'disabled' : 'enabled', key._id.toHexString()]);
    terminal.out(options.json ? json(found.map(apiKeyView)) : table(['NAME', 'STATUS', 'ID'], rows));
  });
}

async function createKey(name: string, options: Options, terminal: Terminal): Promise<void> {
  const { withServices } = await import('./services.js');
  await withServices(terminal.env, async (services) => {
    const app = await chosenApp(services, options.app);
    const { record, key } = await services.serverKeys.create(app, name);
    recordInApp(services, app, { type: 'server_key.create', details: { target: record._id.toHexString(), name } });
    // The key alone on stdout, so that it can be piped to where it is kept.
    if (!options.json) terminal.err(`The key ${name} was made. It is not shown again:\n`);
    terminal.out(options.json ? json({ ...apiKeyView(record), key }) : `${key}\n`);
  });
}

async function changeKey(
  key: string,
  options: Options,
  { name, done, act, terminal }: { name: string; done: string; act: Act; terminal: Terminal },
): Promise<void> {
  const { withServices } = await import('./services.js');
  await withServices(terminal.env, async (services) => {
    const app = await chosenApp(services, options.app);
    const all = await services.serverKeys.list(app);
    const found =
      all.find(({ _id }) => _id.toHexString() === key.toLowerCase()) ?? all.find(({ name }) => name === key);
    if (!found) throw new Error(`the app ${app.clientAppId} has no key '${key}'`);
    await act(services, app, found._id);
    recordInApp(services, app, { type: `server_key.${name}`, details: { target: found._id.toHexString() } });
    if (!options.json) return void terminal.out(`The key ${found.name} ${done}.\n`);
    const gone = { _id: found._id.toHexString(), deleted: true };
    terminal.out(json(name === 'delete' ? gone : apiKeyView(await services.serverKeys.get(app, found._id))));
  });
}
