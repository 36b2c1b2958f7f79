import { Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import type { ObjectId } from 'mongodb';
import { App } from '../../apps/app.model.js';
import { ConfirmationFunctionsService } from '../../providers/local-userpass/confirmation-functions.service.js';
import { ConfirmationsService } from '../../providers/local-userpass/confirmations.service.js';
import type { Registration } from '../../providers/local-userpass/registration.model.js';
import type { TokenPair } from '../../providers/local-userpass/token-pair.js';
import { AdminApp, AdminController, APP_PATH, RequiresToWrite } from '../auth/admin.decorators.js';
import { ObjectIdPipe } from './object-id.pipe.js';
import { afterIn, limitIn, type RawQuery } from './users.query.js';

/** admin-api.md section 6: registrations without a user yet. */
@AdminController(`${APP_PATH}/user_registrations`)
@RequiresToWrite('GROUP_SUPPORT')
export class PendingUsersController {
  constructor(
    private readonly confirmations: ConfirmationsService,
    private readonly byFunction: ConfirmationFunctionsService,
  ) {}

  @Get('pending_users')
  async list(@AdminApp() app: App, @Query() query: RawQuery): Promise<Record<string, unknown>[]> {
    const page = { after: afterIn(query), limit: limitIn(query['limit']) };
    return (await this.confirmations.listPending(app, page)).map((registration) => pendingView(app, registration));
  }

  @Post('by_email/:email/confirm')
  @HttpCode(204)
  async confirm(@AdminApp() app: App, @Param('email') email: string): Promise<void> {
    await this.confirmations.confirmByEmail(app, email);
  }

  @Post('by_email/:email/send_confirm')
  @HttpCode(200)
  async sendConfirm(@AdminApp() app: App, @Param('email') email: string): Promise<Record<string, string>> {
    return pairView(await this.confirmations.issueToken(app, email));
  }

  @Post('by_email/:email/run_confirm')
  @HttpCode(202)
  async runConfirm(@AdminApp() app: App, @Param('email') email: string): Promise<Record<string, string>> {
    return pairView(await this.byFunction.runAgain(app, email));
  }

  @Delete('by_email/:email')
  @HttpCode(204)
  async deleteByEmail(@AdminApp() app: App, @Param('email') email: string): Promise<void> {
    await this.confirmations.deleteByEmail(app, email);
  }

  @Delete('by_id/:id')
  @HttpCode(204)
  async deleteById(@AdminApp() app: App, @Param('id', ObjectIdPipe) id: ObjectId): Promise<void> {
    await this.confirmations.deleteById(app, id);
  }
}

/** `user_id` must be there, and is empty: there is no user. */
function pendingView(app: App, { _id, email, confirmedAt }: Registration): Record<string, unknown> {
  return {
    _id: _id.toHexString(),
    domain_id: app.domain.toHexString(),
    login_ids: [{ id_type: 'email', id: email, confirmed: confirmedAt !== undefined }],
    user_id: '',
  };
}

function pairView({ token, tokenId }: TokenPair): Record<string, string> {
  return { token, token_id: tokenId };
}
