import { Injectable } from '@nestjs/common';
import type { ObjectId } from 'mongodb';
import type { App } from '../apps/app.model.js';
import { AppsService } from '../apps/apps.service.js';
import {
  AuthHook,
  type Confirmation,
  type Link,
  type Login,
  type LoginFailure,
  type Logout,
  type Merge,
  type PasswordReset,
  type Registration,
  type SuspiciousSession,
  type Deletion,
} from '../hooks/auth-hook.js';
import { AuditService } from './audit.service.js';
import type { NewAuditEvent } from './event-types.js';
import { StatsService } from './stats.service.js';

/** Refusals that would let anybody fill the trail, or are not about credentials. */
const NOT_RECORDED = new Set(['TooManyRequests', 'ServiceUnavailable', 'InternalServerError']);

/** What clients do, as entries of the trail of their app. */
@Injectable()
export class AuditHook extends AuthHook {
  constructor(
    private readonly apps: AppsService,
    private readonly audit: AuditService,
    private readonly stats: StatsService,
  ) {
    super();
  }

  override async afterLogin(login: Login): Promise<void> {
    const { userId, provider, ip, userAgent, sessionId, created } = login;
    const app = await this.#record(login.clientAppId, {
      type: 'user.login',
      outcome: 'success',
      actor: { kind: 'user', id: userId },
      user: userId,
      provider,
      ip,
      userAgent,
      details: { session_id: sessionId, ...(created ? { created: 'true' } : {}) },
    });
    if (!app) return;
    this.stats.count(app, provider, 'logins');
    if (created) this.stats.count(app, provider, 'signUps');
    this.stats.noteActive(app, provider, userId);
  }

  override async afterLoginFailed(failure: LoginFailure): Promise<void> {
    const { clientAppId, provider, ip, userAgent, userId, errorCode, link } = failure;
    if (NOT_RECORDED.has(errorCode)) return;
    const app = await this.#record(clientAppId, {
      type: link ? 'user.link' : 'user.login',
      outcome: 'failure',
      errorCode,
      actor: link ? { kind: 'user', ...(userId ? { id: userId } : {}) } : { kind: 'anonymous' },
      user: userId,
      provider,
      ip,
      userAgent,
    });
    if (app && !link) this.stats.count(app, provider, 'failures');
  }

  override async afterLink(link: Link): Promise<void> {
    await this.#recordLink('user.link', link);
  }

  override async afterUnlink(link: Link): Promise<void> {
    await this.#recordLink('user.unlink', link);
  }

  /** An administrator's merge is recorded with the administrator. */
  override async afterMerge({ clientAppId, userId, otherId, byItself, ip, userAgent }: Merge): Promise<void> {
    if (!byItself) return;
    await this.#record(clientAppId, {
      type: 'user.merge',
      outcome: 'success',
      actor: { kind: 'user', id: userId },
      user: userId,
      ip,
      userAgent,
      details: { other_id: otherId },
    });
  }

  async #recordLink(
    type: string,
    { clientAppId, userId, provider, ip, userAgent, byVerifiedEmail }: Link,
  ): Promise<void> {
    const actor = { kind: 'user', id: userId } as const;
    await this.#record(clientAppId, {
      type,
      outcome: 'success',
      actor,
      user: userId,
      provider,
      ip,
      userAgent,
      ...(byVerifiedEmail ? { details: { by: 'verified_email' } } : {}),
    });
  }

  override async afterRegistration({ clientAppId, provider, ip, identityId }: Registration): Promise<void> {
    const actor = { kind: 'anonymous' } as const;
    const identity = identityId;
    await this.#record(clientAppId, { type: 'user.register', outcome: 'success', actor, provider, ip, identity });
  }

  override async afterConfirmation({ clientAppId, provider, ip, identityId }: Confirmation): Promise<void> {
    const actor = { kind: 'anonymous' } as const;
    const identity = identityId;
    await this.#record(clientAppId, { type: 'user.confirm', outcome: 'success', actor, provider, ip, identity });
  }

  override async afterLogout(logout: Logout): Promise<void> {
    await this.#recordLogout('user.logout', logout);
  }

  override async afterPasswordReset(reset: PasswordReset): Promise<void> {
    const { clientAppId, provider, ip, userAgent, identityId, userId } = reset;
    await this.#record(clientAppId, {
      type: 'user.reset_password',
      outcome: 'success',
      actor: { kind: 'anonymous' },
      ...(userId === undefined ? { identity: identityId } : { user: userId }),
      provider,
      ip,
      userAgent,
    });
  }

  /** The session in the details is the one that goes on. */
  override async afterOthersLoggedOut(kept: Logout): Promise<void> {
    await this.#recordLogout('user.logout_others', kept);
  }

  override async afterSuspiciousSession(session: SuspiciousSession): Promise<void> {
    const { clientAppId, userId, sessionId, reason, ip, userAgent } = session;
    const app = await this.#find(clientAppId);
    if (app) this.audit.recordSuspiciousSession({ app: app._id, user: userId, sessionId, reason, ip, userAgent });
  }

  async #recordLogout(type: string, { clientAppId, userId, sessionId, ip, userAgent }: Logout): Promise<void> {
    await this.#record(clientAppId, {
      type,
      outcome: 'success',
      actor: { kind: 'user', id: userId },
      user: userId,
      ip,
      userAgent,
      details: { session_id: sessionId },
    });
  }

  /** An administrator's deletion is recorded with the administrator. Whoever did it: what is left names nobody any more. */
  override async afterDeletion({ clientAppId, userId, identityIds, byItself }: Deletion): Promise<void> {
    const app = await this.apps.findByClientAppId(clientAppId);
    if (!app) return;
    await this.audit.erase(app._id, userId, identityIds);
    if (!byItself) return;
    const actor = { kind: 'user', id: userId } as const;
    await this.#record(clientAppId, { type: 'user.delete', outcome: 'success', actor, user: userId });
  }

  async #record(clientAppId: string, event: Omit<NewAuditEvent, 'where'>): Promise<ObjectId | undefined> {
    const app = await this.#find(clientAppId);
    if (!app) return undefined;
    this.audit.recordIn({ app: app._id.toHexString() }, event);
    return app._id;
  }

  async #find(clientAppId: string): Promise<App | null> {
    return this.apps.known(clientAppId) ?? (await this.apps.findByClientAppId(clientAppId));
  }
}
