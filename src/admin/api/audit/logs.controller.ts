import { Get, Query } from '@nestjs/common';
import { App } from '../../../apps/app.model.js';
import { AuditService } from '../../../audit/audit.service.js';
import { objectIdIn } from '../../../common/object-id.js';
import { AdminApp, AdminController, APP_PATH } from '../../auth/admin.decorators.js';
import { dateIn, last, limitIn, type RawQuery } from '../users.query.js';
import { CLIENT_ACTORS, logView } from './audit.view.js';

const MOST = 100;
const MOST_SKIPPED = 10_000;
const ADMIN_ACTORS = ['administrator', 'admin_key', 'server_key', 'system', 'command_line'] as const;

/** The audit trail as the original's logs (admin-api.md section 10), newest first. */
@AdminController(`${APP_PATH}/logs`)
export class LogsController {
  constructor(private readonly audit: AuditService) {}

  @Get()
  async list(@AdminApp() app: App, @Query() query: RawQuery): Promise<Record<string, unknown>> {
    const limit = limitIn(query['limit'], MOST);
    const actorKinds = actorKindsIn(last(query['type']));
    const named = last(query['co_id']);
    const id = objectIdIn(named);
    if (actorKinds?.length === 0 || (named !== undefined && !id)) return { logs: [] };
    const to = dateIn(query, 'end_date');
    const skip = skipIn(query['skip']);
    const events = await this.audit.list({
      chain: app._id,
      id,
      limit,
      skip,
      byDate: true,
      actorKinds,
      // Its presence counts, even as `false`.
      outcome: query['errors_only'] === undefined ? undefined : 'failure',
      user: last(query['user_id'])?.toLowerCase(),
      from: dateIn(query, 'start_date'),
      to,
    });
    const logs = events.map((event) => logView(app, event));
    const end = events.at(-1)?.at;
    if (!end || events.length < limit) return { logs };
    const atTheSameTime = events.filter(({ at }) => at.getTime() === end.getTime()).length;
    const before = to?.getTime() === end.getTime() ? skip : 0;
    return { logs, nextEndDate: end.toISOString(), nextSkip: before + atTheSameTime };
  }
}

function actorKindsIn(type: string | undefined): readonly string[] | undefined {
  if (type === undefined || type === '') return undefined;
  if (type === 'AUTH') return CLIENT_ACTORS;
  return type === 'API' ? ADMIN_ACTORS : [];
}

function skipIn(value: unknown): number {
  const skip = Number(last(value));
  return Number.isInteger(skip) && skip > 0 ? Math.min(skip, MOST_SKIPPED) : 0;
}
