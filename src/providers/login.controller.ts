import { Body, Controller, Headers, HttpCode, Param, Post, Query, Req, UseGuards } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { App } from '../apps/app.model.js';
import { AppGuard, CurrentApp } from '../apps/app.guard.js';
import { ClientAddress } from '../http/client-address.js';
import { Token } from '../http/token-kind.decorator.js';
import { Authenticator } from '../sessions/authenticator.js';
import { linkView, loginView } from '../sessions/session.view.js';
import { checkCaller } from '../sessions/token.guard.js';
import { LoginService } from './login.service.js';

/** client-api.md sections 5 and 6. `Authorization` is looked at only to link: SDKs send it along with logins, dead or not. */
@Controller('api/client/v2.0/app/:clientAppId/auth/providers/:name/login')
@UseGuards(AppGuard)
@Token('none')
export class LoginController {
  constructor(
    private readonly login: LoginService,
    private readonly authenticator: Authenticator,
    private readonly clientAddress: ClientAddress,
  ) {}

  @Post()
  @HttpCode(200)
  async logIn(
    @CurrentApp() app: App,
    @Param('name') name: string,
    @Query('link') link: unknown,
    @Headers('authorization') authorization: string | undefined,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
  ): Promise<Record<string, string>> {
    const client = { ip: this.clientAddress.of(request), userAgent: request.headers['user-agent'] };
    if (link !== 'true') return loginView(await this.login.logIn(app, name, body, client));
    const caller = await this.authenticator.byAccessToken(authorization);
    checkCaller(caller, request);
    return linkView(await this.login.link(caller, name, body, client));
  }
}
