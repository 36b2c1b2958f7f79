import { Controller, Delete, Get, Headers, HttpCode, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { HookRegistry } from '../hooks/hook.registry.js';
import { ClientAddress } from '../http/client-address.js';
import { Token } from '../http/token-kind.decorator.js';
import { bearerToken, type Caller } from './authenticator.js';
import { RefreshService } from './refresh.service.js';
import { profileView, refreshView } from './session.view.js';
import { SessionsService } from './sessions.service.js';
import { AnyTurn, CurrentCaller } from './token.guard.js';

/** client-api.md sections 7 and 9. No app in the path: the token says which. */
@Controller('api/client/v2.0/auth')
export class SessionController {
  constructor(
    private readonly sessions: SessionsService,
    private readonly refreshes: RefreshService,
    private readonly hooks: HookRegistry,
    private readonly clientAddress: ClientAddress,
  ) {}

  @Post('session')
  @Token('refresh')
  @AnyTurn()
  async refresh(@CurrentCaller() caller: Caller, @Req() request: FastifyRequest): Promise<Record<string, string>> {
    const client = { ip: this.clientAddress.of(request), userAgent: request.headers['user-agent'] };
    return refreshView(await this.refreshes.refresh(caller, client));
  }

  /** Open to dead sessions, whose logout must not fail (trap 3), so the service judges the token, not the guard. */
  @Delete('session')
  @Token('none')
  @HttpCode(204)
  async logout(
    @Headers('authorization') authorization: string | undefined,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    const ended = await this.sessions.logout(bearerToken(authorization));
    if (!ended) return;
    const { app, live } = ended;
    await this.hooks.after('afterLogout', {
      clientAppId: app.clientAppId,
      userId: live.user.id,
      sessionId: live.id,
      ip: this.clientAddress.of(request),
      userAgent: request.headers['user-agent'],
    });
  }

  @Get('profile')
  profile(@CurrentCaller() { app, live }: Caller): Record<string, unknown> {
    return profileView(live, app.domain.toHexString());
  }
}
