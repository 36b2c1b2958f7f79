import { auditView } from '../../admin/api/audit/audit.view.js';
import type { AuditEvent } from '../../audit/audit-event.model.js';
import { json } from '../json.js';
import { withServices } from '../services.js';
import { printable, table } from '../table.js';
import type { Terminal } from '../terminal.js';

export interface AuditListOptions {
  app?: string;
  type?: string;
  user?: string;
  limit: number;
  json?: boolean;
}

export async function listAudit(options: AuditListOptions, terminal: Terminal): Promise<void> {
  await withServices(terminal.env, async ({ apps, audit, groups }) => {
    const chain =
      options.app === undefined ? await groups.getDefaultId() : (await apps.getByClientAppId(options.app))._id;
    const { limit, type, user } = options;
    const found = await audit.list({ chain, limit, type, user: user?.toLowerCase() });
    terminal.out(options.json ? json(found.map(auditView)) : auditTable(found));
    if (found.length === limit) terminal.err('There may be more: --limit shows them.\n');
  });
}

function auditTable(events: readonly AuditEvent[]): string {
  const rows = events.map(({ at, type, outcome, errorCode, actor, user, personal }) => [
    at.toISOString(),
    type,
    outcome === 'failure' ? (errorCode ?? 'failure') : 'ok',
    printable(personal?.name ?? actor.id ?? actor.kind),
    user ?? '-',
    personal?.ip ?? '-',
  ]);
  return table(['DATE', 'TYPE', 'OUTCOME', 'BY', 'USER', 'FROM'], rows);
}
