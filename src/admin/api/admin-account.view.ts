import type { AdminCaller } from '../auth/admin-caller.js';
import { LOGIN_WAYS, type AdminSession, type LoginWay } from '../auth/admin-session.model.js';
import type { OpenedAdminSession } from '../auth/admin-sessions.service.js';

/** Administrators have neither devices nor a user domain of their own; the fields must be there all the same. */
const NONE = '0'.repeat(24);

/** Body of a login answer (admin-api.md section 2). */
export function adminLoginView({ ownerId, accessToken, refreshToken }: OpenedAdminSession): Record<string, string> {
  return {
    access_token: accessToken,
    refresh_token: refreshToken,
    user_id: ownerId.toHexString(),
    device_id: NONE,
  };
}

export function loginWaysView(): Record<string, unknown>[] {
  return LOGIN_WAYS.map((way) => ({ _id: idOfWay(way), name: way, type: way, disabled: false }));
}

/** Tools find their groups in `roles`, and fail where one of the other fields is missing. */
export function adminProfileView({ id, name, kind, session, owner, roles }: AdminCaller): Record<string, unknown> {
  const displayName = 'administrator' in owner ? owner.administrator.displayName : name;
  return {
    user_id: id.toHexString(),
    domain_id: NONE,
    identities: [
      { id: id.toHexString(), provider_type: session.way, provider_id: idOfWay(session.way), provider_data: {} },
    ],
    data: {
      ...(kind === 'administrator' ? { email: name } : {}),
      ...(displayName === undefined ? {} : { name: displayName }),
    },
    type: 'normal',
    roles: roles.map(({ role, groupId }) => ({ role_name: role, group_id: groupId.toHexString() })),
  };
}

export function adminSessionView(session: AdminSession, current: AdminCaller): Record<string, unknown> {
  return {
    _id: session._id.toHexString(),
    current: session._id.equals(current.session._id),
    created: seconds(session.createdAt),
    last_used: seconds(session.lastUsedAt),
    provider_type: session.way,
    ip: session.ip,
    user_agent: session.userAgent ?? '',
  };
}

/** @returns Unix seconds, 0 for never */
export function seconds(at: Date | undefined): number {
  return at ? Math.floor(at.getTime() / 1_000) : 0;
}

function idOfWay(way: LoginWay): string {
  return (LOGIN_WAYS.indexOf(way) + 1).toString(16).padStart(24, '0');
}
