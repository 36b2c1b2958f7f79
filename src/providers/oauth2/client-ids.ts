import { z } from 'zod';
import { ExternalLoginRefused } from './oauth2.errors.js';

export const clientId = z.string().max(512).nullish();

/** @throws ExternalLoginRefused where an administrator has not set it yet */
export function clientIdIn(config: { clientId?: string | null | undefined } | null | undefined): string {
  const id = config?.clientId;
  if (!id) throw new ExternalLoginRefused('the provider has no client ID');
  return id;
}
