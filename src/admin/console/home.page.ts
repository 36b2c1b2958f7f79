import { Body, Get, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { ObjectId } from 'mongodb';
import { Apps } from '../../../admin-ui/views/apps.js';
import { t } from '../../../admin-ui/strings.js';
import { GroupsService } from '../../apps/groups.service.js';
import { objectIdIn } from '../../common/object-id.js';
import { Config } from '../../config/config.js';
import { NewAppsService } from '../../providers/new-apps.service.js';
import { sessionCookie } from '../auth/admin-cookie.js';
import { GroupNotFound, RoleTooWeak } from '../auth/admin-auth.errors.js';
import { AdminSessionsService } from '../auth/admin-sessions.service.js';
import type { AdminRequest } from '../auth/admin.decorators.js';
import { isAtLeast } from '../auth/roles.js';
import { ConsolePage } from './console-page.js';
import { formIn } from './form.js';
import { problemIn } from './one-time.form.js';
import { Pages } from './pages.service.js';

/** What is about no app: where the console opens, the list of apps, and the way out. */
@ConsolePage('')
export class HomePage {
  constructor(
    private readonly pages: Pages,
    private readonly newApps: NewAppsService,
    private readonly groups: GroupsService,
    private readonly sessions: AdminSessionsService,
    private readonly config: Config,
  ) {}

  @Get()
  async home(@Req() request: AdminRequest, @Res() reply: FastifyReply): Promise<void> {
    const [first] = await this.pages.appsOf(request);
    this.pages.go(reply, first ? this.pages.pathOf(first) : `${this.pages.base}/apps`);
  }

  @Get('apps')
  async apps(@Req() request: AdminRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.#show(request, reply);
  }

  @Post('apps')
  async create(@Req() request: AdminRequest, @Body() body: unknown, @Res() reply: FastifyReply): Promise<void> {
    const form = formIn(body);
    const name = form.get('name').trim();
    const group = this.#groupIn(request, form.get('group'));
    try {
      const app = await this.newApps.create({ group, name }, [{ type: 'api-key', disabled: true }]);
      this.pages.done(reply, this.pages.pathOf(app), t.apps.createdText(name), { _id: app._id.toHexString() });
    } catch (error) {
      const { status, text } = problemIn(error);
      await this.#show(request, reply, { status, problem: text, name });
    }
  }

  @Post('logout')
  async logout(@Req() { latchkeyAdmin }: AdminRequest, @Res() reply: FastifyReply): Promise<void> {
    const { id, session } = latchkeyAdmin!;
    await this.sessions.end(id, session._id);
    reply.header('set-cookie', sessionCookie(this.config, undefined));
    this.pages.did(reply);
    this.pages.go(reply, `${this.pages.base}/login?said=bye`);
  }

  async #show(
    request: AdminRequest,
    reply: FastifyReply,
    { status = 200, ...tried }: { status?: number; problem?: string; name?: string } = {},
  ): Promise<void> {
    const own = request.latchkeyAdmin!.roles.filter(({ role }) => isAtLeast(role, 'GROUP_ADMIN'));
    const groups = await this.groups.list(own.map(({ groupId }) => groupId));
    const choice = groups.map(({ _id, name }) => ({ id: _id.toHexString(), name }));
    const apps = await this.pages.appsOf(request);
    const created = new Map(apps.map(({ clientAppId, createdAt }) => [clientAppId, createdAt]));
    await this.pages.show(request, reply, (frame) => Apps({ frame, created, groups: choice, ...tried }), status);
  }

  /** The same rule as the route of the Admin API has. @throws GroupNotFound, RoleTooWeak */
  #groupIn({ latchkeyAdmin }: AdminRequest, id: string): ObjectId {
    const group = objectIdIn(id);
    const role = group && latchkeyAdmin!.roleIn(group);
    if (!role) throw new GroupNotFound();
    if (!isAtLeast(role, 'GROUP_ADMIN')) throw new RoleTooWeak('GROUP_ADMIN');
    return group;
  }
}
