import { z } from 'zod';
import type { ProviderConfig } from '../provider-config.model.js';

export const DEFAULT_EXPIRY_DAYS = 90;
const MOST_DAYS = 3_650;

export const anonUserSettings = z.looseObject({
  config: z
    .looseObject({
      expireAfterInactiveDays: z
        .number()
        .int()
        .min(0)
        .max(MOST_DAYS)
        .nullish()
        .meta({
          title: 'Delete anonymous users after so many days without use',
          help: `${DEFAULT_EXPIRY_DAYS} where nothing is said, 0 for never`,
        }),
    })
    .optional(),
});

export type AnonUserSettings = z.infer<typeof anonUserSettings>;

/** 0 for never. @param provider null where the app has none: users from before expire all the same */
export function expireAfterDays(provider: ProviderConfig | null): number {
  const { config } = (provider?.settings ?? {}) as AnonUserSettings;
  return config?.expireAfterInactiveDays ?? DEFAULT_EXPIRY_DAYS;
}
