import { Body, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { ObjectId } from 'mongodb';
import { t } from '../../../admin-ui/strings.js';
import { Administrators, type GroupOfMembers } from '../../../admin-ui/views/administrators.js';
import { GroupsService } from '../../apps/groups.service.js';
import { InvalidParameter } from '../../errors/errors.js';
import { ObjectIdPipe } from '../api/object-id.pipe.js';
import type { AdminCaller } from '../auth/admin-caller.js';
import { AdminKeysService } from '../auth/admin-keys.service.js';
import { CurrentAdmin, CurrentGroup, Requires, type AdminRequest } from '../auth/admin.decorators.js';
import { GroupMembersService, ownsAllOf, type Member } from '../auth/group-members.service.js';
import { isAtLeast, ROLES, type Role } from '../auth/roles.js';
import { ConsolePage } from './console-page.js';
import { formIn } from './form.js';
import { problemIn } from './one-time.form.js';
import { Pages } from './pages.service.js';

type More = Partial<Pick<GroupOfMembers, 'shown' | 'problems' | 'typed'>>;

/** Who may do what in the groups of the reader, and the keys of their programs. */
@ConsolePage('')
export class AdministratorsPage {
  constructor(
    private readonly pages: Pages,
    private readonly groups: GroupsService,
    private readonly members: GroupMembersService,
    private readonly keys: AdminKeysService,
  ) {}

  @Get('administrators')
  async list(@Req() request: AdminRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.#show(request, reply);
  }

  /** The page is the answer: the link is in it, and in nothing else. */
  @Post('groups/:groupId/administrators')
  async invite(
    @CurrentGroup() group: ObjectId,
    @CurrentAdmin() caller: AdminCaller,
    @Body() body: unknown,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const form = formIn(body);
    const email = form.get('email').trim();
    try {
      const { id, url } = await this.members.invite(group, caller, { email, role: roleIn(form.get('role')) });
      this.pages.did(reply, { _id: id.toHexString() });
      const shown = { label: t.administrators.link(email), value: url };
      await this.#show(request, reply, { group, more: { shown } });
    } catch (error) {
      const { status, text } = problemIn(error);
      await this.#show(request, reply, { group, more: { problems: { invite: text }, typed: { email } } }, status);
    }
  }

  @Post('groups/:groupId/administrators/keys')
  async createKey(
    @CurrentGroup() group: ObjectId,
    @CurrentAdmin() caller: AdminCaller,
    @Body() body: unknown,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const form = formIn(body);
    const name = form.get('name').trim();
    try {
      if (name === '' || name.length > 64) throw new InvalidParameter(t.administrators.keyNameLong.slice(0, -1));
      const { key, privateKey } = await this.keys.create(group, caller, { name, role: roleIn(form.get('role')) });
      this.pages.did(reply, { _id: key._id.toHexString() });
      const shown = { label: t.administrators.privateKey(key.publicKey), value: privateKey };
      await this.#show(request, reply, { group, more: { shown } });
    } catch (error) {
      const { status, text } = problemIn(error);
      await this.#show(request, reply, { group, more: { problems: { key: text }, typed: { name } } }, status);
    }
  }

  @Post('groups/:groupId/administrators/keys/:id/delete')
  async deleteKey(
    @CurrentGroup() group: ObjectId,
    @CurrentAdmin() caller: AdminCaller,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const about = (await this.keys.list(group)).filter(({ _id }) => _id.equals(id)).map(({ name }) => name);
    const { deleteKeyTitle: title, deleteKeyText: text, deleteKey: button } = t.administrators;
    const asked = { title, text, button, about, section: 'administrators', cancel: this.#path } as const;
    if (!(await this.pages.confirmed(request, reply, asked))) return;
    await this.keys.delete(group, caller, id);
    this.pages.done(reply, this.#path, t.administrators.keyDeleted);
  }

  @Post('groups/:groupId/administrators/:id')
  async changeRole(
    @CurrentGroup() group: ObjectId,
    @CurrentAdmin() caller: AdminCaller,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Body() body: unknown,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.members.changeRole(group, caller, id, roleIn(formIn(body).get('role')));
    this.pages.done(reply, this.#path, t.administrators.changed);
  }

  @Post('groups/:groupId/administrators/:id/remove')
  async remove(
    @CurrentGroup() group: ObjectId,
    @CurrentAdmin() caller: AdminCaller,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const about = await this.#namesOf(group, id, caller);
    const { removeTitle: title, removeText: text, remove: button } = t.administrators;
    const asked = { title, text, button, about, section: 'administrators', cancel: this.#path } as const;
    if (!(await this.pages.confirmed(request, reply, asked))) return;
    await this.members.remove(group, caller, id);
    this.pages.done(reply, this.#path, t.administrators.removed);
  }

  @Post('groups/:groupId/administrators/:id/factor')
  @Requires('GROUP_OWNER')
  async resetFactor(
    @CurrentGroup() group: ObjectId,
    @CurrentAdmin() caller: AdminCaller,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { resetFactorTitle: title, resetFactorText: text, resetFactor: button } = t.administrators;
    const about = await this.#namesOf(group, id, caller);
    const asked = { title, text, button, about, section: 'administrators', cancel: this.#path } as const;
    if (!(await this.pages.confirmed(request, reply, asked))) return;
    await this.members.resetSecondFactor(group, caller, id);
    this.pages.done(reply, this.#path, t.administrators.factorReset);
  }

  async #namesOf(group: ObjectId, id: ObjectId, caller: AdminCaller): Promise<string[]> {
    const rows = (await this.members.list(group)).map((member) => rowOf(member, caller));
    return rows.filter((row) => row.id === id.toHexString()).map(({ email }) => email);
  }

  async #show(
    request: AdminRequest,
    reply: FastifyReply,
    about?: { group: ObjectId; more: More },
    status = 200,
  ): Promise<void> {
    const caller = request.latchkeyAdmin!;
    const found = await this.groups.list(caller.roles.map(({ groupId }) => groupId));
    const groups = await Promise.all(
      found.map(async ({ _id, name }) => {
        const [members, keys] = await Promise.all([this.members.list(_id), this.keys.list(_id)]);
        return {
          id: _id.toHexString(),
          name,
          path: `${this.pages.base}/groups/${_id.toHexString()}/administrators`,
          members: members.map((member) => rowOf(member, caller)),
          keys: keys.map((key) => ({ ...key, id: key._id.toHexString() })),
          givable: givableBy(caller.roleIn(_id)),
          ...(about?.group.equals(_id) ? about.more : {}),
        };
      }),
    );
    await this.pages.show(request, reply, (frame) => Administrators({ frame, groups }), status);
  }

  get #path(): string {
    return `${this.pages.base}/administrators`;
  }
}

/** Nobody gives more than they have, and below admins nobody gives anything. */
function givableBy(role: Role | undefined): Role[] {
  if (!role || !isAtLeast(role, 'GROUP_ADMIN')) return [];
  return ROLES.filter((one) => isAtLeast(role, one)).reverse();
}

function rowOf(member: Member, caller: AdminCaller) {
  if ('invitation' in member) {
    const { _id, email = '', expiresAt } = member.invitation;
    const id = _id.toHexString();
    return {
      id,
      email,
      role: member.role,
      self: false,
      secondFactor: false,
      resettable: false,
      lastLoginAt: undefined,
      endsAt: expiresAt,
    };
  }
  const { _id, email, totp, lastLoginAt } = member.administrator;
  const self = _id.equals(caller.id);
  return {
    id: _id.toHexString(),
    email,
    role: member.role,
    self,
    secondFactor: totp !== undefined,
    resettable: totp !== undefined && !self && ownsAllOf(caller, member.administrator),
    lastLoginAt,
    endsAt: undefined,
  };
}

/** @throws InvalidParameter */
function roleIn(text: string): Role {
  const role = ROLES.find((one) => one === text);
  if (!role) throw new InvalidParameter(t.administrators.unknownRole);
  return role;
}
