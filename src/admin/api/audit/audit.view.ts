import type { App } from '../../../apps/app.model.js';
import type { AuditEvent } from '../../../audit/audit-event.model.js';
import type { Day } from '../../../audit/stats.service.js';
import { STATUS, type ErrorCode } from '../../../errors/error-codes.js';

export function auditView(event: AuditEvent): Record<string, unknown> {
  const { _id, at, type, outcome, errorCode, actor, user, provider, personal, details } = event;
  return {
    _id: _id.toHexString(),
    date: at.toISOString(),
    type,
    outcome,
    ...(errorCode ? { error_code: errorCode } : {}),
    actor: {
      kind: actor.kind,
      ...(actor.id ? { id: actor.id } : {}),
      ...(personal?.name ? { name: personal.name } : {}),
    },
    ...(user ? { user_id: user } : {}),
    ...(provider ? { provider } : {}),
    ...(personal?.ip ? { ip: personal.ip } : {}),
    ...(personal?.userAgent ? { user_agent: personal.userAgent } : {}),
    ...(details ? { details } : {}),
    ...(personal ? {} : { erased: true }),
    seq: event.seq,
    hash: event.hash,
  };
}

export const AUDIT_COLUMNS = [
  '_id',
  'date',
  'type',
  'outcome',
  'error_code',
  'actor_kind',
  'actor_id',
  'actor_name',
  'user_id',
  'provider',
  'ip',
  'user_agent',
  'details',
  'seq',
  'hash',
];

export function auditCells(event: AuditEvent): unknown[] {
  const view = auditView(event);
  const { kind, id, name } = view['actor'] as Record<string, string>;
  const cells: Record<string, unknown> = { ...view, actor_kind: kind, actor_id: id, actor_name: name };
  return AUDIT_COLUMNS.map((column) => cells[column]);
}

/** An entry as the original's logs had it (admin-api.md section 10). */
export function logView(app: App, event: AuditEvent): Record<string, unknown> {
  const { _id, at, actor, type, user, personal, outcome, errorCode, provider } = event;
  const id = _id.toHexString();
  const failed = outcome === 'failure';
  const isClient = isClientEvent(actor.kind);
  return {
    _id: id,
    co_id: id,
    type: isClient ? 'AUTH' : 'API',
    domain_id: app.domain.toHexString(),
    app_id: app._id.toHexString(),
    group_id: app.group.toHexString(),
    ...(type === 'user.login' && provider
      ? {
          request_url: `/api/client/v2.0/app/${app.clientAppId}/auth/providers/${provider}/login`,
          request_method: 'POST',
        }
      : {}),
    started: at.toISOString(),
    completed: at.toISOString(),
    ...(user ? { user_id: user } : {}),
    remote_ip_address: personal?.ip ?? '',
    status: failed ? (STATUS[errorCode as ErrorCode] ?? 400) : 200,
    ...(failed ? { error: errorCode ?? 'refused', error_code: errorCode ?? '' } : {}),
    platform: '',
    platform_version: '',
    event_type: type,
    ...(isClient ? { auth_event: { type: authEventOf(type), ...(provider ? { provider } : {}), failed } } : {}),
  };
}

export const CLIENT_ACTORS = ['user', 'anonymous'] as const;

function isClientEvent(kind: string): boolean {
  return (CLIENT_ACTORS as readonly string[]).includes(kind);
}

function authEventOf(type: string): string {
  if (type === 'user.login') return 'login';
  return type === 'user.logout' ? 'logout' : 'other';
}

export function dayView({ day, provider, signUps, logins, failures, activeUsers }: Day): Record<string, unknown> {
  return {
    day,
    ...(provider === undefined ? {} : { provider }),
    sign_ups: signUps,
    logins,
    failures,
    active_users: activeUsers,
  };
}
