import { Get, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { ObjectId } from 'mongodb';
import { Audit, type AuditFilters } from '../../../admin-ui/views/audit.js';
import { App } from '../../apps/app.model.js';
import { GroupsService } from '../../apps/groups.service.js';
import type { AuditEvent } from '../../audit/audit-event.model.js';
import { AuditService } from '../../audit/audit.service.js';
import { InvalidParameter } from '../../errors/errors.js';
import { afterIn, last, type RawQuery } from '../api/users.query.js';
import { ADMIN_API, AdminApp, APP_PATH, CurrentGroup, type AdminRequest } from '../auth/admin.decorators.js';
import { ConsolePage } from './console-page.js';
import { eventRow } from './event-row.js';
import { problemIn } from './one-time.form.js';
import { Pages } from './pages.service.js';

const PAGE = 50;

/** The trail of an app, and of what belongs to none. */
@ConsolePage('')
export class AuditPage {
  constructor(
    private readonly pages: Pages,
    private readonly audit: AuditService,
    private readonly groups: GroupsService,
  ) {}

  @Get(`${APP_PATH}/audit`)
  async ofApp(
    @AdminApp() app: App,
    @Query() query: RawQuery,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.#show(app._id, `${this.pages.pathOf(app)}/audit`, query, request, reply);
  }

  @Get('groups/:groupId/audit')
  async ofGroup(
    @CurrentGroup() group: ObjectId,
    @Query() query: RawQuery,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const [found] = await this.groups.list([group]);
    const path = `${this.pages.base}/groups/${group.toHexString()}/audit`;
    await this.#show(group, path, query, request, reply, found?.name);
  }

  async #show(
    chain: ObjectId,
    path: string,
    query: RawQuery,
    request: AdminRequest,
    reply: FastifyReply,
    group?: string,
  ): Promise<void> {
    const filters = filtersIn(query);
    const { events, problem } = await this.#find(chain, query, filters);
    const rows = events.slice(0, PAGE).map(eventRow);
    const page = {
      path,
      apiPath: path.replace(/\/console(?=\/groups\/)/, `/${ADMIN_API}`),
      ...(group === undefined ? {} : { group }),
      events: rows,
      filters,
      paged: (last(query['after']) ?? '') !== '',
      nextAfter: events.length > PAGE ? rows.at(-1)!.id : undefined,
      problem,
    };
    const status = problem === undefined ? 200 : 400;
    await this.pages.show(request, reply, (frame) => Audit({ frame, ...page }), status);
  }

  async #find(
    chain: ObjectId,
    query: RawQuery,
    { type, user_id, actor, outcome }: AuditFilters,
  ): Promise<{ events: AuditEvent[]; problem: string | undefined }> {
    try {
      const events = await this.audit.list({
        chain,
        after: afterIn(query),
        limit: PAGE + 1,
        type: type || undefined,
        user: user_id.toLowerCase() || undefined,
        actor: actor.toLowerCase() || undefined,
        outcome: outcome === 'success' || outcome === 'failure' ? outcome : undefined,
      });
      return { events, problem: undefined };
    } catch (error) {
      if (!(error instanceof InvalidParameter)) throw error;
      return { events: [], problem: problemIn(error).text };
    }
  }
}

function filtersIn(query: RawQuery): AuditFilters {
  const text = (name: string): string => (last(query[name]) ?? '').trim().slice(0, 128);
  return { type: text('type'), user_id: text('user_id'), actor: text('actor'), outcome: text('outcome') };
}
