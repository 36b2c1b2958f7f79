import { Controller, Delete, HttpCode, Param, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ObjectId } from 'mongodb';
import { HookRegistry } from '../hooks/hook.registry.js';
import { ClientAddress } from '../http/client-address.js';
import type { Caller } from '../sessions/authenticator.js';
import { CurrentCaller } from '../sessions/token.guard.js';
import { UserIdentitiesService } from './user-identities.service.js';

/** People take away a way in of their own. What was opened with it ends, this session too if it was. */
@Controller('api/client/v2.0/auth/identities')
export class OwnIdentitiesController {
  constructor(
    private readonly identities: UserIdentitiesService,
    private readonly hooks: HookRegistry,
    private readonly clientAddress: ClientAddress,
  ) {}

  /** @param provider its type, where two identities have the same id */
  @Delete(':id')
  @HttpCode(204)
  async remove(
    @CurrentCaller() { app, live }: Caller,
    @Param('id') id: string,
    @Query('provider') provider: unknown,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    const userId = ObjectId.createFromHexString(live.user.id);
    const removed = await this.identities.remove(app, userId, id, typeof provider === 'string' ? provider : undefined);
    await this.hooks.after('afterUnlink', {
      clientAppId: app.clientAppId,
      userId: live.user.id,
      provider: removed.provider,
      ip: this.clientAddress.of(request),
      userAgent: request.headers['user-agent'],
    });
  }
}
