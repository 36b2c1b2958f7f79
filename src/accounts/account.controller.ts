import { Controller, Delete, HttpCode } from '@nestjs/common';
import { ObjectId } from 'mongodb';
import type { Caller } from '../sessions/authenticator.js';
import { CurrentCaller } from '../sessions/token.guard.js';
import { AccountsService } from './accounts.service.js';

/** client-api.md section 12. */
@Controller('api/client/v2.0/auth/delete')
export class AccountController {
  constructor(private readonly accounts: AccountsService) {}

  @Delete()
  @HttpCode(204)
  async delete(@CurrentCaller() { app, live }: Caller): Promise<void> {
    await this.accounts.delete(app, ObjectId.createFromHexString(live.user.id), { byItself: true });
  }
}
