import { Body, Get, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { UserList } from '../../../admin-ui/views/users/list.js';
import { NewUser } from '../../../admin-ui/views/users/new.js';
import { t } from '../../../admin-ui/strings.js';
import { UserSearchService } from '../../accounts/user-search.service.js';
import { App } from '../../apps/app.model.js';
import { InvalidParameter } from '../../errors/errors.js';
import { EmailUsersService } from '../../providers/local-userpass/email-users.service.js';
import { UserInvitationsService } from '../../providers/local-userpass/user-invitations.service.js';
import { ProviderConfigsService } from '../../providers/provider-configs.service.js';
import { AdminApp, Requires, RequiresToWrite, type AdminRequest } from '../auth/admin.decorators.js';
import { last, userQueryIn, type RawQuery } from '../api/users.query.js';
import { AppPage } from './console-page.js';
import { formIn } from './form.js';
import { problemIn } from './one-time.form.js';
import { Pages } from './pages.service.js';
import { filtersIn, queryOf } from './user-filters.js';
import { userRow } from './user-row.js';

const PAGE = 50;

/** The users of an app: found, and made. */
@AppPage('users')
@RequiresToWrite('GROUP_SUPPORT')
export class UsersPage {
  constructor(
    private readonly pages: Pages,
    private readonly search: UserSearchService,
    private readonly providers: ProviderConfigsService,
    private readonly emailUsers: EmailUsersService,
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
  @Requires('GROUP_SUPPORT')
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

  /** Newest first, one more than a page holds. */
  async #find(app: App, query: RawQuery) {
    try {
      const wanted = userQueryIn(queryOf(query));
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
