import { Injectable, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import { ObjectId } from 'mongodb';
import type { App } from '../../apps/app.model.js';
import { AppsService } from '../../apps/apps.service.js';
import { objectIdIn } from '../../common/object-id.js';
import { Config } from '../../config/config.js';
import { PerRoute } from '../../http/per-route.js';
import { TOKEN_KIND, type TokenKind } from '../../http/token-kind.decorator.js';
import { MissingAuthorization } from '../../sessions/sessions.errors.js';
import { cookieNameOf } from './admin-cookie.js';
import { AdminAppNotFound, GroupNotFound, RoleTooWeak } from './admin-auth.errors.js';
import { AdminSessionsService } from './admin-sessions.service.js';
import { ADMIN_API, NEEDED_ROLE, NEEDED_ROLE_TO_WRITE, type AdminRequest } from './admin.decorators.js';
import { ADMIN_BEARER, ADMIN_COOKIE, type Identifying } from './admin.strategies.js';
import { isAtLeast, type Role } from './roles.js';

/**
 * In front of every route; decides alone about those of administrators: who calls, whether the group and the app of the path
 * are there for them, and whether their role is enough.
 */
@Injectable()
export class AdminGuard extends AuthGuard([ADMIN_BEARER, ADMIN_COOKIE]) {
  readonly #kinds = new PerRoute((context) => kindOf(context, this.reflector));

  constructor(
    private readonly reflector: Reflector,
    private readonly sessions: AdminSessionsService,
    private readonly apps: AppsService,
    private readonly config: Config,
  ) {
    super();
  }

  override canActivate(context: ExecutionContext): true | Promise<true> {
    return this.#kinds.of(context) === 'none' ? true : this.#decide(context);
  }

  override getAuthenticateOptions(context: ExecutionContext): Record<string, unknown> {
    const { sessions, config } = this;
    const kind = this.#kinds.of(context);
    const how: Identifying = {
      kind: kind === 'none' ? 'admin' : kind,
      cookieName: cookieNameOf(config),
      ownOrigin: new URL(config.publicUrl).origin,
      byAccessToken: (token) => sessions.byAccessToken(token),
      byRefreshToken: (token) => sessions.byRefreshToken(token),
      byCookie: (cookie) => sessions.byCookie(cookie),
    };
    return { ...how, session: false, property: 'latchkeyAdmin' satisfies keyof AdminRequest };
  }

  override handleRequest<T>(error: unknown, caller: T | false): T {
    if (error instanceof Error) throw error;
    if (!caller) throw new MissingAuthorization();
    return caller;
  }

  async #decide(context: ExecutionContext): Promise<true> {
    await super.canActivate(context);
    const request = context.switchToHttp().getRequest<AdminRequest>();
    const { groupId, appId } = request.params as { groupId?: string; appId?: string };
    const needed = this.#neededRole(context, request.method, groupId !== undefined);
    const caller = request.latchkeyAdmin!;
    if (groupId === undefined) {
      if (needed && !caller.hasSomewhere(needed)) throw new RoleTooWeak(needed);
      return true;
    }
    const group = objectIdIn(groupId);
    const role = group && caller.roleIn(group);
    if (!group || !role) throw new GroupNotFound();
    if (needed && !isAtLeast(role, needed)) throw new RoleTooWeak(needed);
    request.latchkeyGroup = group;
    if (appId !== undefined) request.latchkeyAdminApp = await this.#getApp(group, appId);
    return true;
  }

  #neededRole(context: ExecutionContext, method: string, inGroup: boolean): Role | undefined {
    const targets = [context.getHandler(), context.getClass()];
    const reads = method === 'GET' || method === 'HEAD';
    for (const target of targets) {
      const always = this.reflector.get<Role | undefined>(NEEDED_ROLE, target);
      if (always) return always;
      const toWrite = this.reflector.get<Role | undefined>(NEEDED_ROLE_TO_WRITE, target);
      if (toWrite && !reads) return toWrite;
    }
    if (!inGroup) return undefined;
    return reads ? 'GROUP_READ_ONLY' : 'GROUP_ADMIN';
  }

  /** The original takes the 24-hex id; the client app id is a convenience. */
  async #getApp(group: ObjectId, appId: string): Promise<App> {
    const id = objectIdIn(appId);
    const app = id ? await this.apps.findById(id) : await this.apps.findByClientAppId(appId);
    if (!app?.group.equals(group)) throw new AdminAppNotFound();
    return app;
  }
}

/**
 * @returns 'none' for a route that is not for administrators, or is open in words. What lies under `/api/admin` asks for
 *   an administrator even where its controller forgot to say so.
 */
function kindOf(context: ExecutionContext, reflector: Reflector): 'admin' | 'admin-refresh' | 'none' {
  const targets = [context.getHandler(), context.getClass()];
  const kind = reflector.getAllAndOverride<TokenKind | undefined>(TOKEN_KIND, targets);
  if (kind === 'admin' || kind === 'admin-refresh') return kind;
  if (kind === 'none') return 'none';
  const { url = '' } = context.switchToHttp().getRequest<AdminRequest>().routeOptions;
  return url.startsWith(`/${ADMIN_API}/`) ? 'admin' : 'none';
}
