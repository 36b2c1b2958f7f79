import type { ApiKey } from './api-key.model.js';

/** Exactly these: never the key. */
export function apiKeyView({ _id, name, disabled }: ApiKey): Record<string, unknown> {
  return { _id: _id.toHexString(), name, disabled };
}
