import type { Command } from 'commander';
import { json } from './json.js';
import { recordInGroup } from './audit/record.js';
import type { Terminal } from './terminal.js';
import { normaliseEmail, withoutBlanksAround } from '../users/email.js';

interface CreateOptions {
  name?: string;
  json?: boolean;
}

/** `latchkey admin …`: how administrators come in from the machine itself. */
export function addAdminCommands(program: Command, terminal: Terminal): void {
  const admin = program.command('admin').description('the administrators of this server').helpCommand(false);

  admin
    .command('create')
    .description('make an administrator, an owner of the default group; the password is asked for, or read from stdin')
    .argument('<email>', 'the address to log in with')
    .option('--name <name>', 'shown beside the address')
    .option('--json', 'print the administrator as JSON')
    .action((email: string, options: CreateOptions) => createAdministrator(email, options, terminal));

  admin
    .command('setup-link')
    .description('print a new link that makes the first administrator; it works once, within a day')
    .option('--json', 'print it as JSON')
    .action((options: { json?: boolean }) => printSetupLink(options, terminal));

  admin
    .command('reset-second-factor')
    .description('for somebody who has lost the authenticator app and the recovery codes; ends their sessions')
    .argument('<email>', 'the address that the administrator logs in with')
    .option('--json', 'print the administrator as JSON')
    .action((email: string, options: { json?: boolean }) => resetSecondFactor(email, options, terminal));
}

async function createAdministrator(email: string, options: CreateOptions, terminal: Terminal): Promise<void> {
  const password = await terminal.newPassword();
  const { withServices } = await import('./services.js');
  await withServices(terminal.env, async (services) => {
    const { administrators } = services;
    const wanted = { email, password, ...(options.name === undefined ? {} : { displayName: options.name }) };
    const made = await administrators.createOwner(wanted);
    await recordInGroup(services, { type: 'administrator.create', details: { target: made._id.toHexString() } });
    const view = { _id: made._id.toHexString(), email: made.email, role_name: 'GROUP_OWNER' };
    terminal.out(options.json ? json(view) : `The administrator ${made.email} was made.\n`);
  });
}

async function printSetupLink(options: { json?: boolean }, terminal: Terminal): Promise<void> {
  const { withServices } = await import('./services.js');
  await withServices(terminal.env, async (services) => {
    const link = await services.adminSetup.makeLink();
    if (!link) {
      throw new Error('there is an administrator already; "latchkey admin create <email>" makes another');
    }
    await recordInGroup(services, { type: 'administrator.setup_link' });
    const view = { link: link.url, expires: link.expiresAt.toISOString() };
    terminal.out(options.json ? json(view) : `${link.url}\n`);
  });
}

async function resetSecondFactor(email: string, options: { json?: boolean }, terminal: Terminal): Promise<void> {
  const { withServices } = await import('./services.js');
  await withServices(terminal.env, async (services) => {
    const { administrators, database, secondFactor } = services;
    const found = await administrators.findByEmail(normaliseEmail(withoutBlanksAround(email)));
    if (!found) throw new Error(`no administrator has the address ${email}`);
    await database.transaction((transaction) => secondFactor.reset(found._id, transaction));
    const target = found._id.toHexString();
    await recordInGroup(services, { type: 'administrator.second_factor_reset', details: { target } });
    const said = `The second factor of ${found.email} is reset: the password alone lets them in now. Their sessions are over.`;
    terminal.out(options.json ? json({ _id: target, email: found.email }) : `${said}\n`);
  });
}
