import type { Session } from '../../sessions/session.model.js';
import type { StoredUser } from '../../users/users.service.js';
import { printable, table } from '../table.js';

export function usersTable(users: readonly StoredUser[]): string {
  const rows = users.map((user) => [
    user._id.toHexString(),
    user.data['email'] ?? user.data['name'] ?? '-',
    [...new Set(user.identities.map(({ provider }) => provider))].join(', ') || '-',
    user.disabled ? 'disabled' : 'enabled',
    user.createdAt.toISOString(),
    user.lastLoginAt?.toISOString() ?? 'never',
  ]);
  return table(['ID', 'NAME', 'PROVIDERS', 'STATUS', 'CREATED', 'LAST LOGIN'], rows);
}

/** @param sessions those that are not over */
export function describeUser(user: StoredUser, sessions: readonly Session[]): string {
  const facts: [string, string][] = [
    ['Id', user._id.toHexString()],
    ['Type', user.type],
    ['Status', user.disabled ? 'disabled' : 'enabled'],
    ['Created', user.createdAt.toISOString()],
    ['Last login', user.lastLoginAt?.toISOString() ?? 'never'],
    ['Sessions', String(sessions.length)],
    ['Profile', JSON.stringify(user.data)],
    ['Custom data', JSON.stringify(user.customData ?? {})],
  ];
  const identities = user.identities.map(({ provider, id, createdAt }) => [provider, id, createdAt.toISOString()]);
  return [
    ...facts.map(([name, value]) => `${name.padEnd(13)}${printable(value)}`),
    '',
    table(['IDENTITY', 'ID', 'ADDED'], identities),
  ].join('\n');
}
