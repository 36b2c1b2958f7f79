import { Body, Get, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { UserList, type UserFilters } from '../../../admin-ui/views/users/list.js';
import { NewUser } from '../../../admin-ui/views/users/new.js';
import { t } from '../../../admin-ui/strings.js';
import { BULK_ACTIONS, BulkService, type BulkAction } from '../../accounts/bulk.service.js';
import { UserSearchService } from '../../accounts/user-search.service.js';
import { App } from '../../apps/app.model.js';
import { InvalidParameter } from '../../errors/errors.js';
import { EmailUsersService } from '../../providers/local-userpass/email-users.service.js';
import { UserInvitationsService } from '../../providers/local-userpass/user-invitations.service.js';
import { ProviderConfigsService } from '../../providers/provider-configs.service.js';
import { AdminApp, RequiresToWrite, type AdminRequest } from '../auth/admin.decorators.js';
import { last, userQueryIn, type RawQuery } from '../api/users.query.js';
import { AppPage } from './console-page.js';
import { formIn } from './form.js';
import { problemIn } from './one-time.form.js';
import { Pages } from './pages.service.js';
import { userRow } from './user-row.js';

const PAGE = 50;

/** The users of an app: found, made, and acted on many at once. */
@AppPage('users')
@RequiresToWrite('GROUP_SUPPORT')
export class UsersPage {
  constructor(
    private readonly pages: Pages,
    private readonly search: UserSearchService,
    private readonly providers: ProviderConfigsService,
    private readonly emailUsers: EmailUsersService,
    private readonly bulk: BulkService,
    private readonly invitations: UserInvitationsService,
  ) {}

  @Get()
  async list(
    @AdminApp() app: App,
    @Query() query: RawQuery,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { users, problem } = await this.#find(app, query);
    const providers = (await this.providers.list(app)).map(({ type }) => type);
    const rows = users.slice(0, PAGE).map((user) => userRow(user, this.pages.pathOf(app)));
    const page = {
      users: rows,
      filters: filtersIn(query),
      providers: [...new Set(providers)],
      paged: (last(query['after']) ?? '') !== '',
      nextAfter: users.length > PAGE ? rows.at(-1)!.id : undefined,
      problem,
    };
    const status = problem === undefined ? 200 : 400;
    await this.pages.show(request, reply, (frame) => UserList({ frame, app: frame.app!, ...page }), status);
  }

  @Get('new')
  async form(@Req() request: AdminRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.pages.show(request, reply, (frame) => NewUser({ frame, app: frame.app! }));
  }

  @Post('new')
  async create(
    @AdminApp() app: App,
    @Body() body: unknown,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const form = formIn(body);
    const email = form.get('email');
    try {
      const user = await this.emailUsers.create(app, { email, password: form.get('password') });
      const _id = user._id.toHexString();
      this.pages.done(reply, this.pages.userPath(app, _id), t.newUser.done(email.trim()), { _id });
    } catch (error) {
      const { status, text } = problemIn(error);
      await this.pages.show(
        request,
        reply,
        (frame) => NewUser({ frame, app: frame.app!, email, problem: text }),
        status,
      );
    }
  }

  @Post('invite')
  async invite(@AdminApp() app: App, @Body() body: unknown, @Res() reply: FastifyReply): Promise<void> {
    const email = formIn(body).get('email').trim();
    const { _id } = await this.invitations.invite(app, { email });
    const to = `${this.pages.pathOf(app)}/users`;
    this.pages.done(reply, to, t.newUser.invited(email), { _id: _id.toHexString() });
  }

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
    const list = `${this.pages.pathOf(app)}/users`;
    if (ids.length === 0) return this.pages.go(reply, list, { kind: 'failed', text: t.users.noneSelected });
    const asked = {
      title: t.users.bulkTitle[action](ids.length),
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

  /** Newest first, one more than a page holds. */
  async #find(app: App, query: RawQuery) {
    try {
      const wanted = userQueryIn({ ...query, created_to: endOfDay(last(query['created_to'])) });
      return {
        users: await this.search.list(app, { ...wanted, limit: PAGE + 1, descending: true }),
        problem: undefined,
      };
    } catch (error) {
      if (!(error instanceof InvalidParameter)) throw error;
      return { users: [], problem: problemIn(error).text };
    }
  }
}

function filtersIn(query: RawQuery): UserFilters {
  const text = (name: string): string => last(query[name]) ?? '';
  return {
    search: text('search'),
    provider_types: text('provider_types'),
    status: text('status'),
    type: text('type'),
    created_from: text('created_from'),
    created_to: text('created_to'),
  };
}

/** Whoever chooses a day means the whole of it. */
function endOfDay(date: string | undefined): string | undefined {
  return date !== undefined && /^\d{4}-\d\d-\d\d$/.test(date) ? `${date}T23:59:59.999Z` : date;
}

/** @throws InvalidParameter */
function actionIn(text: string): BulkAction {
  const action = BULK_ACTIONS.find((known) => known === text);
  if (!action) throw new InvalidParameter(`'action' must be one of: ${BULK_ACTIONS.join(', ')}`);
  return action;
}
