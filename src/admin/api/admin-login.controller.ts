import { Body, Controller, Get, HttpCode, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Config } from '../../config/config.js';
import { ClientAddress } from '../../http/client-address.js';
import { Token } from '../../http/token-kind.decorator.js';
import { sessionCookie } from '../auth/admin-cookie.js';
import { AdminLoginService } from '../auth/admin-login.service.js';
import type { AdminClient, OpenedAdminSession } from '../auth/admin-sessions.service.js';
import { ADMIN_API, type AdminRequest } from '../auth/admin.decorators.js';
import { adminLoginView, loginWaysView } from './admin-account.view.js';
import { KeyPairLoginDto, PasswordLoginDto, PrivateKeyLoginDto } from './admin-login.dto.js';

/** admin-api.md section 2. With `?cookie=true` the session is kept in a cookie, and its tokens are not shown to the page. */
@Controller(`${ADMIN_API}/auth/providers`)
@Token('none')
export class AdminLoginController {
  constructor(
    private readonly login: AdminLoginService,
    private readonly clientAddress: ClientAddress,
    private readonly config: Config,
  ) {}

  @Get()
  list(): Record<string, unknown>[] {
    return loginWaysView();
  }

  @Post('local-userpass/login')
  @HttpCode(200)
  async byPassword(
    @Body() { username, password, totp }: PasswordLoginDto,
    @Query('cookie') cookie: unknown,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Record<string, string>> {
    const wanted = { cookie: cookie === 'true', totp };
    return this.#answer(await this.login.byPassword(username, password, this.#client(request), wanted), reply);
  }

  @Post('mongodb-cloud/login')
  @HttpCode(200)
  async byKeyPair(
    @Body() { username, apiKey }: KeyPairLoginDto,
    @Query('cookie') cookie: unknown,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Record<string, string>> {
    const wanted = { cookie: cookie === 'true' };
    return this.#answer(await this.login.byKeyPair(username, apiKey, this.#client(request), wanted), reply);
  }

  @Post('api-key/login')
  @HttpCode(200)
  async byPrivateKey(
    @Body() { key }: PrivateKeyLoginDto,
    @Query('cookie') cookie: unknown,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Record<string, string>> {
    const wanted = { cookie: cookie === 'true' };
    return this.#answer(await this.login.byPrivateKey(key, this.#client(request), wanted), reply);
  }

  #answer(opened: OpenedAdminSession, reply: FastifyReply): Record<string, string> {
    // For the audit trail: whose login it was.
    (reply.request as AdminRequest).latchkeyAdmin = opened.caller;
    const { user_id = '', device_id = '', ...tokens } = adminLoginView(opened);
    if (opened.cookie === undefined) return { ...tokens, user_id, device_id };
    reply.header('set-cookie', sessionCookie(this.config, opened.cookie));
    return { user_id, device_id };
  }

  #client(request: FastifyRequest): AdminClient {
    return { ip: this.clientAddress.of(request), userAgent: request.headers['user-agent'] };
  }
}
