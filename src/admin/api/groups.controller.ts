import { Body, Get, Post } from '@nestjs/common';
import { GroupsService } from '../../apps/groups.service.js';
import type { AdminCaller } from '../auth/admin-caller.js';
import { AdminController, CurrentAdmin, Requires } from '../auth/admin.decorators.js';
import { GroupMembersService } from '../auth/group-members.service.js';
import { CreateGroupDto } from './groups.dto.js';
import { groupView } from './groups.view.js';

/** Our own: in the original, groups were projects of another service. */
@AdminController('groups')
export class GroupsController {
  constructor(
    private readonly groups: GroupsService,
    private readonly members: GroupMembersService,
  ) {}

  @Get()
  async list(@CurrentAdmin() { roles }: AdminCaller): Promise<Record<string, unknown>[]> {
    const groups = await this.groups.list(roles.map(({ groupId }) => groupId));
    return groups.map((group) => groupView(group, roles));
  }

  @Post()
  @Requires('GROUP_OWNER')
  async create(@CurrentAdmin() caller: AdminCaller, @Body() { name }: CreateGroupDto): Promise<object> {
    const group = await this.members.createGroup(caller, name);
    return groupView(group, [{ groupId: group._id, role: 'GROUP_OWNER' }]);
  }
}
