import { Body, HttpCode, Post } from '@nestjs/common';
import { IsBoolean, IsOptional, Matches } from 'class-validator';
import { ObjectId } from 'mongodb';
import { MergeService } from '../../accounts/merge/merge.service.js';
import { mergeView } from '../../accounts/merge/merge.view.js';
import { App } from '../../apps/app.model.js';
import { AdminApp, AdminController, APP_PATH } from '../auth/admin.decorators.js';

const HEX_24 = /^[0-9a-f]{24}$/i;

class MergeUsersDto {
  @Matches(HEX_24, { message: "'survivor' must be the id of a user" })
  survivor!: string;

  @Matches(HEX_24, { message: "'other' must be the id of a user" })
  other!: string;

  @IsOptional()
  @IsBoolean({ message: "'dry_run' must be a boolean" })
  dry_run?: boolean;
}

@AdminController(APP_PATH)
export class UserMergeController {
  constructor(private readonly merges: MergeService) {}

  @Post('users/merge')
  @HttpCode(200)
  async merge(
    @AdminApp() app: App,
    @Body() { survivor, other, dry_run = false }: MergeUsersDto,
  ): Promise<Record<string, unknown>> {
    const merged = await this.merges.merge(app, {
      survivor: ObjectId.createFromHexString(survivor),
      other: ObjectId.createFromHexString(other),
      dryRun: dry_run,
    });
    return mergeView(merged);
  }
}
