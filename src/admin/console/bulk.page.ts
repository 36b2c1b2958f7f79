import { Body, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { ObjectId } from 'mongodb';
import { t } from '../../../admin-ui/strings.js';
import { BulkJobPage, type JobRow } from '../../../admin-ui/views/users/job.js';
import { BulkJobList } from '../../../admin-ui/views/users/jobs.js';
import type { BulkJob } from '../../accounts/bulk/bulk-job.model.js';
import { BulkJobsService } from '../../accounts/bulk/bulk-jobs.service.js';
import { BULK_ACTIONS, BulkService, type BulkAction } from '../../accounts/bulk/bulk.service.js';
import { UserSearchService } from '../../accounts/user-search.service.js';
import { App } from '../../apps/app.model.js';
import { InvalidParameter } from '../../errors/errors.js';
import { ClientAddress } from '../../http/client-address.js';
import { ObjectIdPipe } from '../api/object-id.pipe.js';
import { selectionIn } from '../api/users.query.js';
import type { AdminCaller } from '../auth/admin-caller.js';
import { AdminApp, CurrentAdmin, RequiresToWrite, type AdminRequest } from '../auth/admin.decorators.js';
import { AppPage } from './console-page.js';
import { formIn } from './form.js';
import { Pages } from './pages.service.js';
import { filtersIn, queryOf } from './user-filters.js';

/** More are not counted before the question: the page of the job counts them. */
const COUNTED = 10_000;

/** The same done to many users: to those of a page at once, to all that match as a job. */
@AppPage('users')
@RequiresToWrite('GROUP_SUPPORT')
export class BulkPage {
  constructor(
    private readonly pages: Pages,
    private readonly bulk: BulkService,
    private readonly jobs: BulkJobsService,
    private readonly search: UserSearchService,
    private readonly addresses: ClientAddress,
  ) {}

  @Post('bulk')
  async act(
    @AdminApp() app: App,
    @Body() body: unknown,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const form = formIn(body);
    const ids = form.listOf('id:');
    const action = actionIn(form.get('action'));
    const list = this.#list(app);
    if (ids.length === 0) return this.pages.go(reply, list, { kind: 'failed', text: t.users.noneSelected });
    const asked = {
      title: t.users.bulkTitle[action](t.users.people(ids.length)),
      text: t.users.bulkText[action],
      button: t.users.bulk[action],
      section: 'users' as const,
      cancel: list,
      fields: { action, ...Object.fromEntries(ids.map((id) => [`id:${id}`, 'on'])) },
      ...(action === 'delete'
        ? { typed: { label: t.users.bulkTyped(ids.length), accepted: [String(ids.length)] } }
        : {}),
    };
    if (!(await this.pages.confirmed(request, reply, asked))) return;
    const results = await this.bulk.run(app, action, ids);
    this.pages.did(
      reply,
      results.map(({ id, error }) => ({ _id: id, ok: !error, error_code: error?.code })),
    );
    const done = results.filter(({ error }) => !error).length;
    const text = t.users.bulkDone(done, results.length);
    this.pages.go(reply, list, { kind: done === results.length ? 'done' : 'failed', text });
  }

  @Post('bulk/all')
  async actOnAll(
    @AdminApp() app: App,
    @CurrentAdmin() caller: AdminCaller,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const sent = request.body as Record<string, unknown>;
    const filters = Object.entries(filtersIn(sent)).filter(([, value]) => value !== '');
    const action = actionIn(formIn(sent).get('action'));
    const selection = selectionIn(queryOf(sent));
    const count = await this.search.countUpTo(app, selection, COUNTED);
    if (count === 0) return this.pages.go(reply, this.#list(app), { kind: 'failed', text: t.users.nobody });
    const whom = count > COUNTED ? t.users.moreThan(COUNTED) : t.users.people(count);
    const asked = {
      title: t.users.bulkTitle[action](whom),
      text: t.users.bulkText[action],
      about: filters.length === 0 ? [t.users.allOf(app.name)] : filters.map(([name, value]) => filterText(name, value)),
      button: t.users.bulk[action],
      section: 'users' as const,
      cancel: this.#list(app),
      fields: { action, ...Object.fromEntries(filters) },
      ...(action === 'delete'
        ? { typed: { label: t.settings.deleteTyped(app.clientAppId), accepted: [app.clientAppId] } }
        : {}),
    };
    if (!(await this.pages.confirmed(request, reply, asked))) return;
    const by = { actor: caller.actor, ip: this.addresses.of(request), userAgent: request.headers['user-agent'] };
    const job = await this.jobs.start(app, action, { selection }, by);
    this.pages.did(reply, { _id: job._id.toHexString() });
    this.pages.go(reply, this.#pathOf(app, job._id));
  }

  @Get('jobs')
  async list(@AdminApp() app: App, @Req() request: AdminRequest, @Res() reply: FastifyReply): Promise<void> {
    const jobs = (await this.jobs.list(app)).map((job) => rowOf(job, this.#pathOf(app, job._id)));
    await this.pages.show(request, reply, (frame) => BulkJobList({ frame, users: this.#list(app), jobs }));
  }

  @Get('jobs/:jobId')
  async show(
    @AdminApp() app: App,
    @Param('jobId', ObjectIdPipe) id: ObjectId,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const job = await this.jobs.get(app, id);
    const page = { job: rowOf(job, this.#pathOf(app, id)), users: this.#list(app), failures: job.failures };
    await this.pages.show(request, reply, (frame) => BulkJobPage({ frame, ...page }), 200, { live: true });
  }

  @Post('jobs/:jobId/stop')
  async stop(
    @AdminApp() app: App,
    @Param('jobId', ObjectIdPipe) id: ObjectId,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const stopped = await this.jobs.stop(app, id);
    const to = this.#pathOf(app, id);
    if (stopped) this.pages.done(reply, to, t.jobs.stopped);
    else this.pages.go(reply, to, { kind: 'failed', text: t.jobs.wasOver });
  }

  #list(app: App): string {
    return `${this.pages.pathOf(app)}/users`;
  }

  #pathOf(app: App, id: ObjectId): string {
    return `${this.#list(app)}/jobs/${id.toHexString()}`;
  }
}

function rowOf(job: BulkJob, path: string): JobRow {
  const { action, state, total, handled, failed, by, createdAt, finishedAt } = job;
  return { path, action, state, total, handled, failed, by: by.actor.name ?? '', createdAt, finishedAt };
}

function filterText(name: string, value: string): string {
  const labels: Record<string, string> = {
    search: t.users.search,
    provider_types: t.users.provider,
    status: t.users.state,
    type: t.users.type,
    created_from: t.users.from,
    created_to: t.users.to,
  };
  return `${labels[name]}: ${value}`;
}

/** @throws InvalidParameter */
function actionIn(text: string): BulkAction {
  const action = BULK_ACTIONS.find((known) => known === text);
  if (!action) throw new InvalidParameter(`'action' must be one of: ${BULK_ACTIONS.join(', ')}`);
  return action;
}
