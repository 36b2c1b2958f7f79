import type { Group } from '../../apps/group.model.js';
import type { AdminKey } from '../auth/admin-key.model.js';
import type { Member } from '../auth/group-members.service.js';
import type { GroupRole } from '../auth/roles.js';
import { seconds } from './admin-account.view.js';

export function groupView({ _id, name, createdAt }: Group, roles: readonly GroupRole[]): Record<string, unknown> {
  const own = roles.find(({ groupId }) => groupId.equals(_id));
  return { _id: _id.toHexString(), name, role_name: own?.role, created: seconds(createdAt) };
}

/** `status` tells who has come from who is invited still. */
export function memberView(member: Member): Record<string, unknown> {
  if ('invitation' in member) {
    const { _id, email, createdAt, expiresAt } = member.invitation;
    return {
      _id: _id.toHexString(),
      email,
      role_name: member.role,
      status: 'invited',
      created: seconds(createdAt),
      expires: seconds(expiresAt),
    };
  }
  const { _id, email, displayName, disabled, totp, createdAt, lastLoginAt } = member.administrator;
  return {
    _id: _id.toHexString(),
    email,
    ...(displayName === undefined ? {} : { name: displayName }),
    role_name: member.role,
    status: disabled ? 'disabled' : 'active',
    second_factor: totp !== undefined,
    created: seconds(createdAt),
    last_login: seconds(lastLoginAt),
  };
}

export function adminKeyView({
  _id,
  name,
  role,
  publicKey,
  createdAt,
  lastLoginAt,
}: AdminKey): Record<string, unknown> {
  return {
    _id: _id.toHexString(),
    name,
    role_name: role,
    public_key: publicKey,
    created: seconds(createdAt),
    last_login: seconds(lastLoginAt),
  };
}
