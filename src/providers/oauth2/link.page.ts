import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LinkPage as View } from '../../../admin-ui/views/account/link.js';
import { Config } from '../../config/config.js';
import { randomToken } from '../../crypto/tokens.js';
import { ClientAddress } from '../../http/client-address.js';
import { sendPage } from '../../http/page-answer.js';
import { Token } from '../../http/token-kind.decorator.js';
import { localeOf } from '../../mail/templates/locale.js';
import { readLoginCookie, writeLoginCookie } from './login-cookie.js';
import { AWAY_SECONDS, OFFERED_SECONDS } from './login-states.service.js';
import { LoginStateInvalid } from './oauth2.errors.js';
import { orProblemPage, stylesFrom } from './redirect-pages.js';
import { RedirectLogins } from './redirect-logins.service.js';

const TICKET = /^[\w-]{43}$/;

/**
 * The one-time page of a link by redirect. A page of the app cannot set a cookie of ours, so the browser opens this one,
 * which says what will be added to whom, and goes on at a click: nobody is led to link an account without knowing.
 */
@Controller('api/client/v2.0/auth/link/:ticket')
@Token('none')
export class LinkPage {
  constructor(
    private readonly logins: RedirectLogins,
    private readonly clientAddress: ClientAddress,
    private readonly config: Config,
  ) {}

  @Get()
  async show(
    @Param('ticket') ticket: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await orProblemPage(request, reply, async () => {
      if (!TICKET.test(ticket)) throw new LoginStateInvalid();
      const browser = readLoginCookie(this.config, request.headers.cookie, ticket) ?? randomToken();
      const { app, provider, data, userId } = await this.logins.lookAtOffer(
        ticket,
        browser,
        this.clientAddress.of(request),
      );
      void reply.header('set-cookie', writeLoginCookie(this.config, ticket, browser, OFFERED_SECONDS));
      const { name, settings } = provider.config;
      const view = View({
        locale: localeOf(request.headers['accept-language']),
        css: stylesFrom(request),
        appName: app.name,
        provider: provider.provider.displayNameOf(settings) ?? name,
        user: { id: userId, email: data['email'], name: data['name'] },
      });
      sendPage(reply, 200, view, { formsLeadOn: true });
    });
  }

  @Post()
  async goOn(
    @Param('ticket') ticket: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await orProblemPage(request, reply, async () => {
      const browser = readLoginCookie(this.config, request.headers.cookie, ticket);
      if (browser === undefined) throw new LoginStateInvalid();
      const leaving = await this.logins.acceptOffer(ticket, browser, this.clientAddress.of(request));
      const cookies = [
        writeLoginCookie(this.config, ticket, '', 0),
        writeLoginCookie(this.config, leaving.trip.state, leaving.browser, AWAY_SECONDS),
      ];
      void reply.header('set-cookie', cookies).redirect(leaving.location, 303);
    });
  }
}
