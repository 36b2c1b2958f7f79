import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { ObjectId } from 'mongodb';
import { UserPage } from '../../../admin-ui/views/users/show.js';
import type { Refused, UserDetails } from '../../../admin-ui/views/users/user-details.js';
import { App } from '../../apps/app.model.js';
import { AuditService } from '../../audit/audit.service.js';
import { deviceKind } from '../../mail/templates/device-kind.js';
import { UserKeysService } from '../../providers/api-key/user-keys.service.js';
import { ProviderConfigsService } from '../../providers/provider-configs.service.js';
import type { Session } from '../../sessions/session.model.js';
import { SessionsService } from '../../sessions/sessions.service.js';
import { UsersService } from '../../users/users.service.js';
import type { AdminRequest } from '../auth/admin.decorators.js';
import { eventRow } from './event-row.js';
import { Pages } from './pages.service.js';
import { userRow } from './user-row.js';

const TIMELINE = 20;
/** What there is one of by itself, or with a password. */
const BY_OTHER_WAYS = new Set(['local-userpass', 'api-key', 'anon-user']);

/** The page of a user, as it is and with what of its forms was refused. */
@Injectable()
export class UserDetailsService {
  constructor(
    private readonly pages: Pages,
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly keys: UserKeysService,
    private readonly audit: AuditService,
    private readonly providers: ProviderConfigsService,
  ) {}

  /** @throws UserNotFound */
  async show(
    app: App,
    id: ObjectId,
    request: AdminRequest,
    reply: FastifyReply,
    { customData, ...refused }: Refused & Partial<Pick<UserDetails, 'customData'>> = {},
    status = 200,
  ): Promise<void> {
    const user = { ...(await this.#read(app, id)), ...(customData ? { customData } : {}) };
    await this.pages.show(request, reply, (frame) => UserPage({ frame, user, ...refused }), status);
  }

  async #read(app: App, id: ObjectId): Promise<UserDetails> {
    const user = await this.users.get(app, id);
    const [sessions, keys, events, providers] = await Promise.all([
      this.sessions.listOf(app, id),
      this.keys.list(app, id),
      this.audit.list({ chain: app._id, user: id.toHexString(), limit: TIMELINE }),
      this.providers.list(app),
    ]);
    return {
      ...userRow(user, this.pages.pathOf(app)),
      revokedAt: user.revokedAt,
      data: user.data,
      identities: user.identities,
      sessions: sessions.map(sessionRow),
      keys: keys.map(({ _id, name, disabled, createdAt }) => ({ id: _id.toHexString(), name, disabled, createdAt })),
      events: events.map(eventRow),
      customData: { text: JSON.stringify(user.customData ?? {}, null, 2), version: user.customDataVersion ?? 0 },
      linkable: providers.filter(({ type }) => !BY_OTHER_WAYS.has(type)).map(({ name }) => name),
      hasPassword: user.identities.some(({ provider }) => provider === 'local-userpass'),
    };
  }
}

function sessionRow({ _id, identity, ip, userAgent, deviceInfo, createdAt, lastUsedAt }: Session) {
  const platform = [deviceInfo.platform, deviceInfo.platformVersion].filter((part) => part).join(' ');
  const device = platform || deviceKind(userAgent) || userAgent || '?';
  return {
    id: _id.toHexString(),
    provider: identity.provider,
    ip,
    device,
    userAgent: userAgent || device,
    createdAt,
    lastUsedAt,
  };
}
