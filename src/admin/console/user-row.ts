import type { UserRow } from '../../../admin-ui/views/users/list.js';
import { t } from '../../../admin-ui/strings.js';
import type { User } from '../../users/user.model.js';

/** @param appPath of the app's pages */
export function userRow(user: User, appPath: string): UserRow {
  const id = user._id.toHexString();
  const { disabled, type, createdAt, lastLoginAt } = user;
  const providers = [...new Set(user.identities.map(({ provider }) => provider))];
  return { id, name: nameOf(user), path: `${appPath}/users/${id}`, providers, disabled, type, createdAt, lastLoginAt };
}

/** What people call somebody by. */
export function nameOf({ data }: Pick<User, 'data'>): string {
  const names = [data['email'], data['name']].filter((name) => typeof name === 'string' && name.trim() !== '');
  return names[0] ?? t.user.nameless;
}
