import { Body, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { ObjectId } from 'mongodb';
import { t } from '../../../admin-ui/strings.js';
import { AccountsService } from '../../accounts/accounts.service.js';
import { CustomDataChanged, CustomDataService } from '../../accounts/custom-data.service.js';
import { UserIdentitiesService } from '../../accounts/user-identities.service.js';
import { App } from '../../apps/app.model.js';
import { EmailUsersService } from '../../providers/local-userpass/email-users.service.js';
import { SessionsService } from '../../sessions/sessions.service.js';
import { UsersService } from '../../users/users.service.js';
import { AdminApp, RequiresToWrite, type AdminRequest } from '../auth/admin.decorators.js';
import { ObjectIdPipe } from '../api/object-id.pipe.js';
import { AppPage } from './console-page.js';
import { formIn } from './form.js';
import { problemIn } from './one-time.form.js';
import { Pages } from './pages.service.js';
import { UserDetailsService } from './user-details.service.js';
import { nameOf } from './user-row.js';

/** One user, and all that can be done to them. */
@AppPage('users/:id')
@RequiresToWrite('GROUP_SUPPORT')
export class UserPage {
  constructor(
    private readonly pages: Pages,
    private readonly users: UsersService,
    private readonly accounts: AccountsService,
    private readonly sessions: SessionsService,
    private readonly identities: UserIdentitiesService,
    private readonly customData: CustomDataService,
    private readonly emailUsers: EmailUsersService,
    private readonly details: UserDetailsService,
  ) {}

  @Get()
  async show(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.details.show(app, id, request, reply);
  }

  @Post('revoke')
  async revoke(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { revokeTitle: title, revokeText: text, revoke: button } = t.user;
    if (!(await this.#asked(app, id, request, reply, { title, text, button }))) return;
    await this.accounts.revokeSessions(app, id);
    this.pages.done(reply, this.pages.userPath(app, id), t.user.revoked);
  }

  @Post('disable')
  async disable(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { disableTitle: title, disableText: text, disable: button } = t.user;
    if (!(await this.#asked(app, id, request, reply, { title, text, button }))) return;
    await this.accounts.disable(app, id);
    this.pages.done(reply, this.pages.userPath(app, id), t.user.disabledDone);
  }

  @Post('enable')
  async enable(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.accounts.enable(app, id);
    this.pages.done(reply, this.pages.userPath(app, id), t.user.enabledDone);
  }

  @Post('delete')
  async delete(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const user = await this.users.get(app, id);
    const { email } = user.data;
    const hex = id.toHexString();
    const { deleteTitle: title, deleteText: text, delete: button } = t.user;
    const typable = typeof email === 'string' && email.length <= 100;
    const typed = {
      label: t.user.deleteTyped(typable ? email : hex),
      accepted: typable ? [email, hex] : [hex],
    };
    if (!(await this.#asked(app, id, request, reply, { title, text, button, typed }))) return;
    await this.accounts.delete(app, id);
    this.pages.done(reply, `${this.pages.pathOf(app)}/users`, t.user.deleted(nameOf(user).slice(0, 100)));
  }

  @Post('sessions/:sessionId')
  async endSession(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Param('sessionId', ObjectIdPipe) sessionId: ObjectId,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.sessions.endOne(app, id, sessionId);
    this.pages.done(reply, this.pages.userPath(app, id), t.user.ended);
  }

  @Post('identities')
  async removeIdentity(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Body() body: unknown,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const form = formIn(body);
    const identity = form.get('identity');
    const { removeTitle: title, removeText: text, remove: button } = t.user;
    const provider = form.get('provider');
    const question = { title, text, button, fields: { identity, provider } };
    if (!(await this.#asked(app, id, request, reply, question))) return;
    await this.identities.remove(app, id, identity, provider === '' ? undefined : provider);
    this.pages.done(reply, this.pages.userPath(app, id), t.user.removed);
  }

  @Post('password')
  async setPassword(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Body() body: unknown,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    try {
      await this.emailUsers.setPassword(app, id, formIn(body).get('password'));
      this.pages.done(reply, this.pages.userPath(app, id), t.user.passwordSet);
    } catch (error) {
      const { status, text } = problemIn(error);
      await this.details.show(app, id, request, reply, { problems: { password: text } }, status);
    }
  }

  @Post('custom_data')
  async setCustomData(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Body() body: unknown,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const form = formIn(body);
    const version = /^\d{1,15}$/.test(form.get('version')) ? Number(form.get('version')) : -1;
    const fail = (status: number, problem: string): Promise<void> => {
      const refused = { customData: { text: form.get('json'), version }, problems: { customData: problem } };
      return this.details.show(app, id, request, reply, refused, status);
    };
    let data: unknown;
    try {
      data = JSON.parse(form.get('json'));
    } catch (error) {
      return fail(400, t.user.notJson + (error as SyntaxError).message);
    }
    try {
      await this.customData.set(app, id, data, version);
      this.pages.done(reply, this.pages.userPath(app, id), t.user.saved);
    } catch (error) {
      const { status, text } = problemIn(error);
      await fail(status, error instanceof CustomDataChanged ? t.user.changed : text);
    }
  }

  async #asked(
    app: App,
    id: ObjectId,
    request: AdminRequest,
    reply: FastifyReply,
    question: {
      title: string;
      text: string;
      button: string;
      fields?: Record<string, string>;
      typed?: { label: string; accepted: string[] };
    },
  ): Promise<boolean> {
    const about = [nameOf(await this.users.get(app, id))];
    const asked = { ...question, about, section: 'users' as const, cancel: this.pages.userPath(app, id) };
    return this.pages.confirmed(request, reply, asked);
  }
}
