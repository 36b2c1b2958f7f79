import type { ObjectId } from 'mongodb';
import type { Actor } from '../../audit/event-types.js';
import type { Administrator } from './administrator.model.js';
import type { AdminKey } from './admin-key.model.js';
import type { AdminSession } from './admin-session.model.js';
import { isAtLeast, type GroupRole, type Role } from './roles.js';

/** Who is calling the Admin API: an administrator or a key, as the database has it at this request. */
export class AdminCaller {
  readonly id: ObjectId;
  readonly kind: 'administrator' | 'key';
  /** The address of an administrator, the name of a key. */
  readonly name: string;
  readonly roles: readonly GroupRole[];

  constructor(
    readonly session: AdminSession,
    readonly owner: { administrator: Administrator } | { key: AdminKey },
  ) {
    if ('administrator' in owner) {
      const { _id, email, roles } = owner.administrator;
      this.id = _id;
      this.kind = 'administrator';
      this.name = email;
      this.roles = roles;
    } else {
      const { _id, name, group, role } = owner.key;
      this.id = _id;
      this.kind = 'key';
      this.name = name;
      this.roles = [{ groupId: group, role }];
    }
  }

  /** As the audit trail names them. */
  get actor(): Actor {
    const kind = this.kind === 'key' ? 'admin_key' : 'administrator';
    return { kind, id: this.id.toHexString(), name: this.name };
  }

  roleIn(group: ObjectId): Role | undefined {
    return this.roles.find(({ groupId }) => groupId.equals(group))?.role;
  }

  /** In some group or other: for routes that name none. */
  hasSomewhere(needed: Role): boolean {
    return this.roles.some(({ role }) => isAtLeast(role, needed));
  }
}
