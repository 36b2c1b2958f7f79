import { createParamDecorator, Injectable, SetMetadata, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { allowsAddress } from '../apps/access-list.js';
import { AddressNotAllowed } from '../apps/apps.errors.js';
import { allowsOrigin } from '../apps/apps.service.js';
import { ClientAddress } from '../http/client-address.js';
import { OriginNotAllowed } from '../http/cors.js';
import { PerRoute } from '../http/per-route.js';
import { TOKEN_KIND, type TokenKind } from '../http/token-kind.decorator.js';
import { Authenticator, type Caller } from './authenticator.js';
import { UserAppDomainMismatch } from './sessions.errors.js';

interface CallerRequest extends FastifyRequest {
  latchkeyCaller?: Caller;
}

const ANY_TURN = 'latchkey:any-turn';

/** The route itself judges whether it is a rotating refresh token's turn. */
export const AnyTurn = () => SetMetadata(ANY_TURN, true);

/**
 * In front of every route: lets in whoever brings the kind of token that the route asks for (`@Token`), an access token where
 * it says nothing. The app of the token must be that of the path, and allow the page and the address that calls.
 */
@Injectable()
export class TokenGuard implements CanActivate {
  readonly #wanted = new PerRoute((context) => {
    const targets = [context.getHandler(), context.getClass()];
    return {
      kind: this.reflector.getAllAndOverride<TokenKind | undefined>(TOKEN_KIND, targets) ?? 'access',
      anyTurn: this.reflector.getAllAndOverride<boolean | undefined>(ANY_TURN, targets) ?? false,
    };
  });

  constructor(
    private readonly reflector: Reflector,
    private readonly authenticator: Authenticator,
    private readonly addresses: ClientAddress,
  ) {}

  canActivate(context: ExecutionContext): true | Promise<true> {
    const { kind, anyTurn } = this.#wanted.of(context);
    // Administrators' tokens are judged by the guard in `admin/`.
    if (kind !== 'access' && kind !== 'refresh') return true;
    return this.#identify(context.switchToHttp().getRequest<CallerRequest>(), kind, anyTurn);
  }

  async #identify(request: CallerRequest, kind: 'access' | 'refresh', anyTurn: boolean): Promise<true> {
    const { authorization } = request.headers;
    const caller =
      kind === 'access'
        ? await this.authenticator.byAccessToken(authorization)
        : await this.authenticator.byRefreshToken(authorization, { anyTurn });
    checkCaller(caller, request);
    if (!allowsAddress(caller.app, () => this.addresses.of(request))) throw new AddressNotAllowed();
    request.latchkeyCaller = caller;
    return true;
  }
}

/** @throws UserAppDomainMismatch, OriginNotAllowed; never a 401, which would send an SDK into a loop (trap 1) */
export function checkCaller({ app }: Caller, request: FastifyRequest): void {
  const { clientAppId } = request.params as { clientAppId?: string };
  if (clientAppId !== undefined && clientAppId !== app.clientAppId) throw new UserAppDomainMismatch();
  const { origin } = request.headers;
  if (origin !== undefined && !allowsOrigin(app, origin)) throw new OriginNotAllowed(origin);
}

/** The session behind the request's token, on routes that ask for one. */
export const CurrentCaller = createParamDecorator((_data: unknown, context: ExecutionContext): Caller => {
  const { latchkeyCaller } = context.switchToHttp().getRequest<CallerRequest>();
  if (!latchkeyCaller) throw new Error('CurrentCaller needs a route that asks for a token');
  return latchkeyCaller;
});
