import { Body, Delete, Get, Headers, HttpCode, Param, Patch, Post } from '@nestjs/common';
import { ObjectId } from 'mongodb';
import { localeOf } from '../../mail/templates/locale.js';
import type { AdminCaller } from '../auth/admin-caller.js';
import { AdminController, CurrentAdmin, CurrentGroup, Requires } from '../auth/admin.decorators.js';
import { GroupMembersService } from '../auth/group-members.service.js';
import { ChangeRoleDto, InviteDto } from './groups.dto.js';
import { seconds } from './admin-account.view.js';
import { memberView } from './groups.view.js';
import { ObjectIdPipe } from './object-id.pipe.js';

/** Who has a role in a group, and who is invited to one. */
@AdminController('groups/:groupId/administrators')
export class AdministratorsController {
  constructor(private readonly members: GroupMembersService) {}

  @Get()
  async list(@CurrentGroup() group: ObjectId): Promise<Record<string, unknown>[]> {
    return (await this.members.list(group)).map(memberView);
  }

  /** `link` is shown this once. */
  @Post()
  async invite(
    @CurrentGroup() group: ObjectId,
    @CurrentAdmin() caller: AdminCaller,
    @Body() { email, role_name }: InviteDto,
    @Headers('accept-language') acceptLanguage: string | undefined,
  ): Promise<Record<string, unknown>> {
    const { id, url, expiresAt } = await this.members.invite(group, caller, {
      email,
      role: role_name,
      locale: localeOf(acceptLanguage),
    });
    return { _id: id.toHexString(), email, role_name, status: 'invited', expires: seconds(expiresAt), link: url };
  }

  @Patch(':id')
  @HttpCode(204)
  async changeRole(
    @CurrentGroup() group: ObjectId,
    @CurrentAdmin() caller: AdminCaller,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Body() { role_name }: ChangeRoleDto,
  ): Promise<void> {
    await this.members.changeRole(group, caller, id, role_name);
  }

  @Delete(':id')
  @HttpCode(204)
  async remove(
    @CurrentGroup() group: ObjectId,
    @CurrentAdmin() caller: AdminCaller,
    @Param('id', ObjectIdPipe) id: ObjectId,
  ): Promise<void> {
    await this.members.remove(group, caller, id);
  }

  /** For somebody who has lost it; ends their sessions. */
  @Delete(':id/totp')
  @Requires('GROUP_OWNER')
  @HttpCode(204)
  async resetSecondFactor(
    @CurrentGroup() group: ObjectId,
    @CurrentAdmin() caller: AdminCaller,
    @Param('id', ObjectIdPipe) id: ObjectId,
  ): Promise<void> {
    await this.members.resetSecondFactor(group, caller, id);
  }
}
