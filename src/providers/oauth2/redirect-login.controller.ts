import { Controller, Get, Headers, Param, Query, Req, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { App } from '../../apps/app.model.js';
import { AppGuard, CurrentApp } from '../../apps/app.guard.js';
import { Config } from '../../config/config.js';
import { ClientAddress } from '../../http/client-address.js';
import { Token } from '../../http/token-kind.decorator.js';
import { Authenticator } from '../../sessions/authenticator.js';
import { checkCaller } from '../../sessions/token.guard.js';
import { writeLoginCookie } from './login-cookie.js';
import { AWAY_SECONDS } from './login-states.service.js';
import { orProblemPage } from './redirect-pages.js';
import { RedirectLogins } from './redirect-logins.service.js';

/** The start of a login by redirect, and of a link (client-api.md sections 10.1 and 10.3). */
@Controller('api/client/v2.0/app/:clientAppId/auth/providers/:name/login')
@UseGuards(AppGuard)
@Token('none')
export class RedirectLoginController {
  constructor(
    private readonly logins: RedirectLogins,
    private readonly authenticator: Authenticator,
    private readonly clientAddress: ClientAddress,
    private readonly config: Config,
  ) {}

  @Get()
  async start(
    @CurrentApp() app: App,
    @Param('name') name: string,
    @Query('providerRedirectHeader') inHeader: unknown,
    @Headers('authorization') authorization: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const ip = this.clientAddress.of(request);
    const query = queryOf(request);
    if (inHeader === 'true') {
      const caller = await this.authenticator.byAccessToken(authorization);
      checkCaller(caller, request);
      const page = await this.logins.offerLink(caller, name, query, ip);
      // Not a redirect: fetch would follow it.
      void reply.code(200).headers({ 'x-stitch-location': page, 'x-baas-location': page }).send();
      return;
    }
    await orProblemPage(request, reply, async () => {
      const { location, trip, browser } = await this.logins.start(app, name, query, ip);
      const cookie = writeLoginCookie(this.config, trip.state, browser, AWAY_SECONDS);
      void reply.header('set-cookie', cookie).redirect(location, 302);
    });
  }
}

/** As it was sent: the parser has its own idea of what belongs to `redirect`. */
function queryOf({ url }: FastifyRequest): string {
  const start = url.indexOf('?');
  return start < 0 ? '' : url.slice(start + 1);
}
