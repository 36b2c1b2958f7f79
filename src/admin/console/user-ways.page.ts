import { Body, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { ObjectId } from 'mongodb';
import { t } from '../../../admin-ui/strings.js';
import type { Refused } from '../../../admin-ui/views/users/user-details.js';
import { MergeService } from '../../accounts/merge/merge.service.js';
import type { MergePlan } from '../../accounts/merge/merge-plan.js';
import { IdentityInUse, UserIdentitiesService } from '../../accounts/user-identities.service.js';
import { App } from '../../apps/app.model.js';
import { InvalidParameter } from '../../errors/errors.js';
import { UserKeysService } from '../../providers/api-key/user-keys.service.js';
import { EmailUsersService } from '../../providers/local-userpass/email-users.service.js';
import { PasswordResetsService } from '../../providers/local-userpass/password-resets.service.js';
import { UsersService } from '../../users/users.service.js';
import { ObjectIdPipe } from '../api/object-id.pipe.js';
import { AdminApp, Requires, RequiresToWrite, type AdminRequest } from '../auth/admin.decorators.js';
import { AppPage } from './console-page.js';
import { formIn } from './form.js';
import { Pages } from './pages.service.js';
import { problemIn } from './one-time.form.js';
import { UserDetailsService } from './user-details.service.js';
import { nameOf } from './user-row.js';

/** How somebody gets in: addresses, identities, keys, and two users who are one person. */
@AppPage('users/:id')
@RequiresToWrite('GROUP_SUPPORT')
export class UserWaysPage {
  constructor(
    private readonly pages: Pages,
    private readonly users: UsersService,
    private readonly emailUsers: EmailUsersService,
    private readonly resets: PasswordResetsService,
    private readonly identities: UserIdentitiesService,
    private readonly keys: UserKeysService,
    private readonly merges: MergeService,
    private readonly details: UserDetailsService,
  ) {}

  @Post('reset')
  async sendReset(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.resets.sendTo(app, id);
    this.pages.done(reply, this.pages.userPath(app, id), t.user.resetSent);
  }

  @Post('email')
  async changeEmail(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Body() body: unknown,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const email = formIn(body).get('email');
    await this.#orRefused(app, id, request, reply, { about: 'email', typed: { email } }, async () => {
      await this.emailUsers.changeEmail(app, id, email);
      this.pages.done(reply, this.pages.userPath(app, id), t.user.emailChanged);
    });
  }

  @Post('email/add')
  async addEmail(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Body() body: unknown,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const form = formIn(body);
    const email = form.get('email');
    await this.#orRefused(app, id, request, reply, { about: 'email', typed: { email } }, async () => {
      await this.identities.add(app, id, { email, password: form.get('password') });
      this.pages.done(reply, this.pages.userPath(app, id), t.user.identityAdded);
    });
  }

  /** By what the provider calls the person. */
  @Post('identities/link')
  async linkIdentity(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Body() body: unknown,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const form = formIn(body);
    const [provider, subject] = [form.get('provider'), form.get('subject').trim()];
    const typed = { provider, subject };
    await this.#orRefused(app, id, request, reply, { about: 'link', typed }, async () => {
      await this.identities.add(app, id, { provider, subject });
      this.pages.done(reply, this.pages.userPath(app, id), t.user.identityAdded);
    });
  }

  @Post('keys/:keyId/delete')
  async deleteKey(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Param('keyId', ObjectIdPipe) keyId: ObjectId,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { name } = await this.keys.get(app, id, keyId);
    const { deleteKeyTitle: title, deleteKeyText: text, deleteKey: button } = t.user;
    const asked = {
      title,
      text,
      button,
      about: [name],
      section: 'users',
      cancel: this.pages.userPath(app, id),
    } as const;
    if (!(await this.pages.confirmed(request, reply, asked))) return;
    await this.keys.delete(app, id, keyId);
    this.pages.done(reply, this.pages.userPath(app, id), t.user.keyDeleted);
  }

  /** Says first what moves and what is lost. */
  @Post('merge')
  @Requires('GROUP_ADMIN')
  async merge(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Body() body: unknown,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const form = formIn(body);
    const hex = form.get('other').trim().toLowerCase();
    await this.#orRefused(app, id, request, reply, { about: 'merge', typed: { other: hex } }, () =>
      this.#merge(app, id, hex, request, reply),
    );
  }

  /** What was refused is shown beside what was typed. */
  async #orRefused(
    app: App,
    id: ObjectId,
    request: AdminRequest,
    reply: FastifyReply,
    { about, typed }: { about: 'email' | 'link' | 'merge'; typed: Refused['typed'] },
    work: () => Promise<void>,
  ): Promise<void> {
    try {
      await work();
    } catch (error) {
      const { status, text } = problemIn(error);
      const owner = error instanceof IdentityInUse ? this.pages.userPath(app, error.userId) : undefined;
      const refused = { problems: { [about]: text }, typed, ...(owner === undefined ? {} : { owner }) };
      await this.details.show(app, id, request, reply, refused, status);
    }
  }

  async #merge(app: App, id: ObjectId, hex: string, request: AdminRequest, reply: FastifyReply): Promise<void> {
    if (!/^[0-9a-f]{24}$/.test(hex)) throw new InvalidParameter(t.user.mergeNoId);
    const pair = { survivor: id, other: ObjectId.createFromHexString(hex) };
    const { plan } = await this.merges.merge(app, { ...pair, dryRun: true });
    const other = nameOf(await this.users.get(app, pair.other));
    const asked = {
      title: t.user.mergeTitle(other.slice(0, 100)),
      text: t.user.mergeText,
      about: planned(plan),
      button: t.user.merge,
      typed: { label: t.user.mergeTyped(hex), accepted: [hex] },
      fields: { other: hex },
      section: 'users' as const,
      cancel: this.pages.userPath(app, id),
    };
    if (!(await this.pages.confirmed(request, reply, asked))) return;
    await this.merges.merge(app, { ...pair, dryRun: false });
    this.pages.done(reply, this.pages.userPath(app, id), t.user.merged);
  }
}

function planned({ movedIdentities, lostIdentities, keys, movedFields, lostFields }: MergePlan): string[] {
  return [
    ...movedIdentities.map(({ provider, data }) => t.user.mergeMoves(`${provider} ${data['email'] ?? ''}`.trim())),
    ...keys.map(({ newName }) => t.user.mergeMoves(newName)),
    ...movedFields.map((field) => t.user.mergeMoves(field)),
    ...lostIdentities.map(({ provider, data }) => t.user.mergeLoses(`${provider} ${data['email'] ?? ''}`.trim())),
    ...lostFields.map((field) => t.user.mergeLoses(field)),
  ];
}
