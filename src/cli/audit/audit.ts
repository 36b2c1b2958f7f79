import { InvalidArgumentError, type Command } from 'commander';
import type { ObjectId } from 'mongodb';
import type { Problem, Verdict } from '../../audit/verify.service.js';
import { json } from '../json.js';
import type { Services } from '../services.js';
import { printable, table } from '../table.js';
import type { Terminal } from '../terminal.js';
import type { AuditListOptions } from './list.js';

interface Trail {
  kind: 'app' | 'group';
  id: ObjectId;
  name: string;
}

/** `latchkey audit …` */
export function addAuditCommands(program: Command, terminal: Terminal): void {
  const audit = program.command('audit').description('the audit trail').helpCommand(false);

  audit
    .command('list')
    .description('show what was done in an app, newest first; without --app, what belongs to no app')
    .option('--app <client-app-id>', 'the app, as clients name it')
    .option('--type <type>', 'only this, such as user.login')
    .option('--user <id>', 'only what is about this user')
    .option('--limit <n>', 'at most so many', wholeNumber, 50)
    .option('--json', 'print it as a JSON array')
    .action(async (options: AuditListOptions) => (await import('./list.js')).listAudit(options, terminal));

  audit
    .command('verify')
    .description('walk every trail and say which entries are missing or were changed; exits with 1 if any')
    .option('--json', 'print what was found as a JSON array, one object a trail')
    .action((options: { json?: boolean }) => verifyAll(options, terminal));
}

async function verifyAll(options: { json?: boolean }, terminal: Terminal): Promise<void> {
  const { withServices } = await import('../services.js');
  await withServices(terminal.env, async (services) => {
    const found: [Trail, Verdict][] = [];
    for (const trail of await trailsOf(services)) found.push([trail, await services.auditVerify.verify(trail.id)]);
    terminal.out(options.json ? json(found.map(trailView)) : describe(found));
    const damaged = found.filter(([, { problems }]) => problems.length > 0).length;
    if (damaged > 0) throw new Error(`${damaged} of ${found.length} audit trails are not as they were written`);
  });
}

async function trailsOf({ apps, groups }: Services): Promise<Trail[]> {
  const ofGroups = (await groups.listAll()).map(({ _id, name }) => ({ kind: 'group' as const, id: _id, name }));
  const ofApps = (await apps.list()).map(({ _id, clientAppId }) => ({
    kind: 'app' as const,
    id: _id,
    name: clientAppId,
  }));
  return [...ofGroups, ...ofApps];
}

function trailView([{ kind, id, name }, verdict]: [Trail, Verdict]): Record<string, unknown> {
  return { kind, _id: id.toHexString(), name, ok: verdict.problems.length === 0, ...verdict };
}

function describe(found: readonly [Trail, Verdict][]): string {
  const rows = found.map(([{ kind, name }, { entries, problems }]) => [
    kind,
    printable(name),
    String(entries),
    problems.length === 0 ? 'ok' : problems.map(inWords).join('; '),
  ]);
  return table(['TRAIL', 'NAME', 'ENTRIES', 'STATE'], rows);
}

function inWords({ kind, from, to }: Problem): string {
  if (kind === 'end_changed') return 'its recorded end was changed, or the newest entries were';
  if (kind === 'end_missing') return 'its recorded end is missing';
  return `${from === to ? String(from) : `${String(from)} to ${String(to)}`} ${kind}`;
}

function wholeNumber(value: string): number {
  if (!/^[1-9]\d{0,5}$/.test(value)) throw new InvalidArgumentError('A limit is a whole number from 1 on.');
  return Number(value);
}
