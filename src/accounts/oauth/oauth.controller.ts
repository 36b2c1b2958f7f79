import { Body, Controller, Headers, Post, Req, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { App } from '../../apps/app.model.js';
import { AppGuard, CurrentApp } from '../../apps/app.guard.js';
import { Config } from '../../config/config.js';
import { HookRegistry } from '../../hooks/hook.registry.js';
import { ClientAddress } from '../../http/client-address.js';
import { Token } from '../../http/token-kind.decorator.js';
import { issuerOf } from '../../signing-keys/issuer.js';
import { ServerKeysService } from '../server-keys.service.js';
import { introspectionView } from './introspection.view.js';
import { tokenRequestIn, type TokenRequest } from './oauth-request.js';
import { OAuthError } from './oauth.errors.js';
import { TokenStatusService } from './token-status.service.js';

/** Token revocation (RFC 7009) and introspection (RFC 7662), for whoever has a server API key of the app. */
@Controller('api/client/v2.0/app/:clientAppId/auth')
@UseGuards(AppGuard)
@Token('none')
export class OAuthController {
  constructor(
    private readonly keys: ServerKeysService,
    private readonly tokens: TokenStatusService,
    private readonly hooks: HookRegistry,
    private readonly clientAddress: ClientAddress,
    private readonly config: Config,
  ) {}

  /** RFC 7009 §2.2: 200 also for a token that is invalid, since then there is nothing left to do. */
  @Post('revoke')
  async revoke(
    @CurrentApp() app: App,
    @Body() body: unknown,
    @Headers('authorization') authorization: string | undefined,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object | undefined> {
    return answer(app, reply, async () => {
      const { token } = await this.#authenticated(app, body, authorization);
      const live = await this.tokens.revoke(app, token);
      if (!live) return undefined;
      const event = { clientAppId: app.clientAppId, userId: live.user.id, sessionId: live.id };
      const client = { ip: this.clientAddress.of(request), userAgent: request.headers['user-agent'] };
      await this.hooks.after('afterLogout', { ...event, ...client });
      return undefined;
    });
  }

  @Post('introspect')
  async introspect(
    @CurrentApp() app: App,
    @Body() body: unknown,
    @Headers('authorization') authorization: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object | undefined> {
    return answer(app, reply, async () => {
      const { token } = await this.#authenticated(app, body, authorization);
      return introspectionView(app, issuerOf(this.config, app), await this.tokens.find(app, token));
    });
  }

  /** @throws OAuthError */
  async #authenticated(app: App, body: unknown, authorization: string | undefined): Promise<TokenRequest> {
    const request = tokenRequestIn(body, authorization);
    if (!(await this.keys.isRight(app, request.clientId, request.clientSecret))) throw OAuthError.invalidClient();
    return request;
  }
}

/** What `work` gives, or its OAuthError in the form of RFC 6749 §5.2; nothing of it may be cached. */
async function answer(
  app: App,
  reply: FastifyReply,
  work: () => Promise<object | undefined>,
): Promise<object | undefined> {
  void reply.header('cache-control', 'no-store').header('pragma', 'no-cache').code(200);
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    if (error.status === 401) void reply.header('www-authenticate', `Basic realm="${app.clientAppId}"`);
    void reply.code(error.status);
    return { error: error.code, error_description: error.message };
  }
}
