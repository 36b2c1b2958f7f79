import { Body, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ObjectId } from 'mongodb';
import type { AdminCaller } from '../auth/admin-caller.js';
import { AdminKeysService } from '../auth/admin-keys.service.js';
import { AdminController, CurrentAdmin, CurrentGroup } from '../auth/admin.decorators.js';
import { CreateAdminKeyDto } from './groups.dto.js';
import { adminKeyView } from './groups.view.js';
import { ObjectIdPipe } from './object-id.pipe.js';

/** The key pairs of a group's programs. */
@AdminController('groups/:groupId/api_keys')
export class AdminKeysController {
  constructor(private readonly keys: AdminKeysService) {}

  @Get()
  async list(@CurrentGroup() group: ObjectId): Promise<Record<string, unknown>[]> {
    return (await this.keys.list(group)).map(adminKeyView);
  }

  /** `private_key` is shown this once. */
  @Post()
  async create(
    @CurrentGroup() group: ObjectId,
    @CurrentAdmin() caller: AdminCaller,
    @Body() { name, role_name }: CreateAdminKeyDto,
  ): Promise<Record<string, unknown>> {
    const { key, privateKey } = await this.keys.create(group, caller, { name, role: role_name });
    return { ...adminKeyView(key), private_key: privateKey };
  }

  @Delete(':id')
  @HttpCode(204)
  async delete(
    @CurrentGroup() group: ObjectId,
    @CurrentAdmin() caller: AdminCaller,
    @Param('id', ObjectIdPipe) id: ObjectId,
  ): Promise<void> {
    await this.keys.delete(group, caller, id);
  }
}
