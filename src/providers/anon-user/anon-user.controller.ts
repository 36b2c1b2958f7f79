import { Controller, Get, Query, Req, UseGuards } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { App } from '../../apps/app.model.js';
import { AppGuard, CurrentApp } from '../../apps/app.guard.js';
import { ClientAddress } from '../../http/client-address.js';
import { Token } from '../../http/token-kind.decorator.js';
import { loginView } from '../../sessions/session.view.js';
import { decodeDevice } from '../device-in-query.js';
import { LoginService } from '../login.service.js';

/** mongodb-stitch 2.x and 3.x log in anonymously by GET, the device in the query (client-api.md sections 4 and 5). */
@Controller('api/client/v2.0/app/:clientAppId/auth/providers/anon-user/login')
@UseGuards(AppGuard)
@Token('none')
export class AnonUserController {
  constructor(
    private readonly login: LoginService,
    private readonly clientAddress: ClientAddress,
  ) {}

  @Get()
  async logIn(
    @CurrentApp() app: App,
    @Query('device') device: unknown,
    @Req() request: FastifyRequest,
  ): Promise<Record<string, string>> {
    const body = { options: { device: decodeDevice(device) } };
    const client = { ip: this.clientAddress.of(request), userAgent: request.headers['user-agent'] };
    return loginView(await this.login.logIn(app, 'anon-user', body, client));
  }
}
