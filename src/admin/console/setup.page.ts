import { Body, Controller, Get, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LinkNotValid, Setup } from '../../../admin-ui/views/setup.js';
import { Config } from '../../config/config.js';
import { ClientAddress } from '../../http/client-address.js';
import { Token } from '../../http/token-kind.decorator.js';
import { LinkRefused } from '../auth/admin-auth.errors.js';
import { sessionCookie } from '../auth/admin-cookie.js';
import { AdminSessionsService } from '../auth/admin-sessions.service.js';
import { AdminSetupService } from '../auth/admin-setup.service.js';
import { consoleBase } from './links.js';
import { DIFFERENT_PASSWORDS, oneTimeForm, problemIn } from './one-time.form.js';
import { sendPage } from './page-answer.js';

const HINT = 'If this server has no administrator yet, run “latchkey admin setup-link” on its machine for a new one.';

/** Where the link leads that is printed at the first start. Looking uses nothing up: only sending the form does. */
@Controller('console/setup')
@Token('none')
export class SetupPage {
  constructor(
    private readonly setup: AdminSetupService,
    private readonly sessions: AdminSessionsService,
    private readonly clientAddress: ClientAddress,
    private readonly config: Config,
  ) {}

  @Get()
  async show(@Query('token') token: unknown, @Res() reply: FastifyReply): Promise<void> {
    try {
      await this.setup.look(token);
      sendPage(reply, 200, Setup({}));
    } catch (error) {
      refuse(error, reply);
    }
  }

  /** Whoever made the first administrator is logged in as that. */
  @Post()
  async complete(
    @Query('token') token: unknown,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { email, password, again } = oneTimeForm.parse(body);
    try {
      await this.setup.look(token);
      if (password !== again) return sendPage(reply, 400, Setup({ problem: DIFFERENT_PASSWORDS, email }));
      const administrator = await this.setup.complete(token, { email, password });
      const client = { ip: this.clientAddress.of(request), userAgent: request.headers['user-agent'] };
      const { cookie } = await this.sessions.open({ administrator }, 'local-userpass', client, { cookie: true });
      void reply.code(303).header('set-cookie', sessionCookie(this.config, cookie));
      void reply.header('location', consoleBase(this.config)).send();
    } catch (error) {
      if (error instanceof LinkRefused) return refuse(error, reply);
      const { status, text } = problemIn(error);
      sendPage(reply, status, Setup({ problem: text, email }));
    }
  }
}

function refuse(error: unknown, reply: FastifyReply): void {
  if (!(error instanceof LinkRefused)) throw error;
  sendPage(reply, 401, LinkNotValid({ hint: HINT }));
}
