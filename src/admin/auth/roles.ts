import type { ObjectId } from 'mongodb';

/** Weakest first. Names are those of the original (admin-api.md section 2). */
export const ROLES = ['GROUP_READ_ONLY', 'GROUP_SUPPORT', 'GROUP_ADMIN', 'GROUP_OWNER'] as const;

/**
 * What somebody may do in a group: read; write users as well; write everything but owners; everything.
 */
export type Role = (typeof ROLES)[number];

export interface GroupRole {
  groupId: ObjectId;
  role: Role;
}

export function isAtLeast(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}
