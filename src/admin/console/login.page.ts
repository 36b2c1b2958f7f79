import { Body, Controller, Get, Post, Query, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Login } from '../../../admin-ui/views/login.js';
import { t } from '../../../admin-ui/strings.js';
import { Config } from '../../config/config.js';
import { LatchkeyError } from '../../errors/latchkey-error.js';
import { ClientAddress } from '../../http/client-address.js';
import { readCookie } from '../../http/cookies.js';
import { Token } from '../../http/token-kind.decorator.js';
import { InvalidPassword } from '../../providers/local-userpass/local-userpass.errors.js';
import { InvalidSession } from '../../sessions/sessions.errors.js';
import { cookieNameOf, sessionCookie } from '../auth/admin-cookie.js';
import { CookieFromElsewhere } from '../auth/admin-auth.errors.js';
import { AdminLoginService } from '../auth/admin-login.service.js';
import { AdminSessionsService } from '../auth/admin-sessions.service.js';
import type { AdminRequest } from '../auth/admin.decorators.js';
import { SecondFactorRequired, SecondFactorWrong } from '../auth/second-factor.errors.js';
import { ConsoleFilter } from './console.filter.js';
import { formIn } from './form.js';
import { consoleBase, ownPath } from './links.js';
import { problemIn } from './one-time.form.js';
import { sendPage } from './page-answer.js';

/** An administrator's address and password become a session that the browser keeps. */
@Controller('console/login')
@Token('none')
@UseFilters(ConsoleFilter)
export class LoginPage {
  constructor(
    private readonly login: AdminLoginService,
    private readonly sessions: AdminSessionsService,
    private readonly clientAddress: ClientAddress,
    private readonly config: Config,
  ) {}

  @Get()
  show(@Query('next') next: unknown, @Query('said') said: unknown, @Res() reply: FastifyReply): void {
    const { base } = this;
    const text = said === 'bye' ? t.login.loggedOut : undefined;
    sendPage(reply, 200, Login({ base, next: ownPath(next, base), said: text }));
  }

  /** No session means no token of one: the origin says whose form it is. */
  @Post()
  async open(@Body() body: unknown, @Req() request: AdminRequest, @Res() reply: FastifyReply): Promise<void> {
    if (request.headers.origin !== new URL(this.config.publicUrl).origin) throw new CookieFromElsewhere();
    const form = formIn(body);
    const email = form.get('email');
    const next = ownPath(form.get('next'), this.base);
    try {
      const client = { ip: this.clientAddress.of(request), userAgent: request.headers['user-agent'] };
      const opened = await this.login.byPassword(email, form.get('password'), client, {
        cookie: true,
        totp: form.get('totp').trim() || undefined,
      });
      await this.#endOld(request);
      request.latchkeyAdmin = opened.caller;
      request.latchkeyOutcome = {};
      void reply.code(303).header('set-cookie', sessionCookie(this.config, opened.cookie));
      void reply.header('location', next).send();
    } catch (error) {
      const { status, text } = problemIn(error);
      if (error instanceof LatchkeyError) request.latchkeyOutcome = { errorCode: error.code };
      const needsCode = error instanceof SecondFactorRequired || error instanceof SecondFactorWrong;
      sendPage(reply, status, Login({ base: this.base, next, email, problem: said(error) ?? text, needsCode }));
    }
  }

  get base(): string {
    return consoleBase(this.config);
  }

  /** A login makes a new session; the one that the browser had is over. */
  async #endOld({ headers }: FastifyRequest): Promise<void> {
    const cookie = readCookie(headers.cookie, cookieNameOf(this.config));
    if (!cookie) return;
    try {
      const { id, session } = await this.sessions.byCookie(cookie);
      await this.sessions.end(id, session._id);
    } catch (error) {
      if (!(error instanceof InvalidSession)) throw error;
    }
  }
}

/** In the words of the page. */
function said(error: unknown): string | undefined {
  if (error instanceof InvalidPassword) return t.login.wrong;
  if (error instanceof SecondFactorRequired) return t.login.codeNeeded;
  return error instanceof SecondFactorWrong ? t.login.codeWrong : undefined;
}
