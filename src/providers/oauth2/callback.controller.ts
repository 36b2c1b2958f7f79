import { Body, Controller, Get, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Config } from '../../config/config.js';
import { ClientAddress } from '../../http/client-address.js';
import { Token } from '../../http/token-kind.decorator.js';
import { callbackUrlOf } from './callback-url.js';
import { readLoginCookie, writeLoginCookie } from './login-cookie.js';
import { orProblemPage } from './redirect-pages.js';
import { RedirectLogins } from './redirect-logins.service.js';

/** What identity providers answer with, and how long it may be. `user` is Apple's: a name, the first time only. */
const FIELDS = { state: 512, code: 4_096, error: 128, iss: 2_048, user: 4_096 };

/** Where identity providers send the browser back to: one address for all apps and providers. */
@Controller('api/client/v2.0/auth/callback')
@Token('none')
export class CallbackController {
  constructor(
    private readonly logins: RedirectLogins,
    private readonly clientAddress: ClientAddress,
    private readonly config: Config,
  ) {}

  @Get()
  async finish(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const answer = answerIn(request.query);
    const state = answer.get('state') ?? '';
    const client = { ip: this.clientAddress.of(request), userAgent: request.headers['user-agent'] };
    await orProblemPage(request, reply, async () => {
      const browser = readLoginCookie(this.config, request.headers.cookie, state);
      const location = await this.logins.finish(answer, browser, client);
      void reply.header('set-cookie', writeLoginCookie(this.config, state, '', 0)).redirect(location, 302);
    });
  }

  /**
   * The form of an identity provider comes from its page, so browsers leave our cookie out (SameSite=Lax). They send it
   * with what they are led to next.
   */
  @Post()
  take(@Body() form: unknown, @Res() reply: FastifyReply): void {
    const query = answerIn(form).toString();
    void reply.redirect(`${callbackUrlOf(this.config)}?${query}`, 303);
  }
}

/** Only what is known, each once, none too long. */
function answerIn(values: unknown): URLSearchParams {
  const answer = new URLSearchParams();
  if (typeof values !== 'object' || values === null) return answer;
  for (const [name, longest] of Object.entries(FIELDS)) {
    const value = (values as Record<string, unknown>)[name];
    if (typeof value === 'string' && value.length <= longest) answer.set(name, value);
  }
  return answer;
}
