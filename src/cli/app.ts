import { InvalidArgumentError, type Command } from 'commander';
import type { NewApp } from '../apps/apps.service.js';
import type { NewProvider } from '../providers/provider-configs.service.js';
import { recordInGroup } from './audit/record.js';
import { appView, type AppView } from './app.view.js';
import type { ImportOptions } from './import/import.js';
import { json } from './json.js';
import { table } from './table.js';
import type { Terminal } from './terminal.js';

interface CreateOptions {
  provider: string[];
  autoConfirm: boolean;
  clientAppId?: string;
  origin: string[];
  accessTokenSeconds?: number;
  refreshTokenSeconds?: number;
  json?: boolean;
}

/** `latchkey app …`: thin commands over the services that the server itself uses. */
export function addAppCommands(program: Command, terminal: Terminal): void {
  const app = program.command('app').description('the apps (tenants) of this server').helpCommand(false);

  app
    .command('create')
    .description('make an app with its signing key and its ways to log in')
    .argument('<name>', 'letters, digits, - and _, at most 32, a letter first')
    .option('--provider <type>', 'a way to log in: anon-user, local-userpass; may be given several times', gather, [])
    .option('--no-auto-confirm', 'let email accounts of local-userpass wait until their address is confirmed')
    .option('--client-app-id <id>', 'what clients put into the URL, instead of one made from the name')
    .option(
      '--origin <origin>',
      'a web page origin that may call, any if none is given; several times',
      gatherOrigin,
      [],
    )
    .option('--access-token-seconds <n>', 'lifetime of access tokens (default: 1800)', seconds)
    .option('--refresh-token-seconds <n>', 'lifetime of refresh tokens (default: 5184000, 60 days)', seconds)
    .option('--json', 'print the app as JSON')
    .action((name: string, options: CreateOptions) => createApp(name, options, terminal));

  app
    .command('list')
    .description('show all apps')
    .option('--json', 'print them as a JSON array')
    .action((options: { json?: boolean }) => listApps(options, terminal));

  app
    .command('import')
    .description(
      'say what an app exported from App Services becomes here; with --apply, do it (again and again, if need be)',
    )
    .argument('<folder>', 'the one with root_config.json, realm_config.json, config.json or stitch.json')
    .option('--app <client-app-id>', 'into this app, instead of the one with the app id of the export')
    .option('--apply', 'write what was said')
    .option('--json', 'print it as JSON')
    .action(async (folder: string, options: ImportOptions) =>
      (await import('./import/import.js')).importApp(folder, options, terminal),
    );
}

async function createApp(name: string, options: CreateOptions, terminal: Terminal): Promise<void> {
  const { withServices } = await import('./services.js');
  await withServices(terminal.env, async (services) => {
    const { config, apps, newApps, providers } = services;
    const made = await newApps.create(wantedApp(name, options), wantedProviders(options));
    await recordInGroup(services, { type: 'app.create', details: { target: made._id.toHexString(), name } });
    const view = appView(await apps.getByClientAppId(made.clientAppId), await providers.list(made));
    terminal.out(options.json ? json(view) : describeNew(view, config.publicUrl));
  });
}

async function listApps(options: { json?: boolean }, terminal: Terminal): Promise<void> {
  const { withServices } = await import('./services.js');
  await withServices(terminal.env, async ({ apps, providers }) => {
    const views: AppView[] = [];
    for (const app of await apps.list()) views.push(appView(app, await providers.list(app)));
    terminal.out(options.json ? json(views) : appTable(views));
  });
}

function wantedApp(name: string, options: CreateOptions): NewApp {
  const { clientAppId, accessTokenSeconds, refreshTokenSeconds } = options;
  return {
    name,
    allowedOrigins: options.origin,
    ...(clientAppId === undefined ? {} : { clientAppId }),
    ...(accessTokenSeconds === undefined ? {} : { accessTokenSeconds }),
    ...(refreshTokenSeconds === undefined ? {} : { refreshTokenSeconds }),
  };
}

/** Without `--no-auto-confirm` an email account can log in at once. */
function wantedProviders(options: CreateOptions): NewProvider[] {
  return options.provider.map((type) =>
    type === 'local-userpass' ? { type, settings: { config: { autoConfirm: options.autoConfirm } } } : { type },
  );
}

function describeNew(app: AppView, publicUrl: string): string {
  return [
    `The app ${app.name} was made.`,
    '',
    `  Client app id   ${app.client_app_id}`,
    `  Providers       ${providersOf(app) || 'none: nobody can log in yet'}`,
    `  API             ${publicUrl}/api/client/v2.0/app/${app.client_app_id}`,
    '',
  ].join('\n');
}

function appTable(apps: readonly AppView[]): string {
  const rows = apps.map((app) => [app.name, app.client_app_id, providersOf(app) || '-', app._id]);
  return table(['NAME', 'CLIENT APP ID', 'PROVIDERS', 'ID'], rows);
}

function providersOf(app: AppView): string {
  return app.providers.map(({ name, disabled }) => (disabled ? `${name} (disabled)` : name)).join(', ');
}

function gather(value: string, before: string[]): string[] {
  return before.includes(value) ? before : [...before, value];
}

function gatherOrigin(value: string, before: string[]): string[] {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (!url || url.origin !== value || !/^https?:$/.test(url.protocol)) {
    throw new InvalidArgumentError(
      'An origin is a scheme and a host, and a port where it is not the usual one: https://shop.example.com',
    );
  }
  return gather(value, before);
}

function seconds(value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw new InvalidArgumentError('A lifetime is a whole number of seconds.');
  return Number(value);
}
