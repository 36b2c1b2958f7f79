import type { ApiKey } from '../../providers/api-key/api-key.model.js';
import { apiKeyView } from '../../providers/api-key/api-key.view.js';

export { apiKeyView };

/** A key that a user made, for administrators: with what makes it recognisable. */
export function userKeyView(key: ApiKey): Record<string, unknown> {
  const { prefix, createdAt, lastUsedAt } = key;
  return {
    ...apiKeyView(key),
    ...(prefix === undefined ? {} : { prefix }),
    created: seconds(createdAt),
    ...(lastUsedAt === undefined ? {} : { last_used: seconds(lastUsedAt) }),
  };
}

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1_000);
}
