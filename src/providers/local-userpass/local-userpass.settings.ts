import { z } from 'zod';
import { FEWEST, MOST } from '../../crypto/passwords/check-password.js';
import type { ProviderConfig } from '../provider-config.model.js';

const text = z.string().nullish();
const flag = z.boolean().nullish();

const passwordPolicy = z.looseObject({
  minLength: z.number().int().min(FEWEST).max(MOST).nullish().meta({ title: 'Fewest characters of a new password' }),
  refuseCommon: flag.meta({
    title: 'Refuse the most common passwords',
    help: 'Compares with a list of some 50,000, without asking anybody; upper and lower case count as the same',
  }),
  refuseBreached: flag.meta({
    title: 'Refuse passwords that are known from data breaches',
    help: 'Asks Have I Been Pwned for the first five digits of a hash; where it cannot be asked, the password is taken',
  }),
});

export type PasswordPolicy = z.infer<typeof passwordPolicy>;

/** admin-api.md section 4. Empty strings and nulls are what old tools send for keys they do not use. */
export const localUserpassSettings = z.looseObject({
  config: z.looseObject({
    autoConfirm: flag.meta({ title: 'Confirm new accounts automatically' }),
    emailConfirmationUrl: text.meta({ title: 'Page that the confirmation mail links to' }),
    confirmEmailSubject: z.string().max(256).nullish().meta({ title: 'Subject of the confirmation mail' }),
    runConfirmationFunction: flag.meta({ title: 'Let a function confirm new accounts' }),
    confirmationFunctionName: text.meta({ title: 'Confirmation function' }),
    confirmationFunctionId: text,
    resetPasswordUrl: text.meta({ title: 'Page that the reset mail links to' }),
    resetPasswordSubject: z.string().max(256).nullish().meta({ title: 'Subject of the reset mail' }),
    runResetFunction: flag.meta({ title: 'Let a function reset passwords' }),
    resetFunctionName: text.meta({ title: 'Reset function' }),
    resetFunctionId: text,
    passwordPolicy: passwordPolicy.nullish(),
    privacyMode: flag.meta({
      title: 'Do not tell which addresses are registered',
      help: 'Registering, resending and resetting answer alike for known and unknown addresses',
    }),
  }),
});

export type LocalUserpassSettings = z.infer<typeof localUserpassSettings>;

/** What an administrator saved, which was checked then. */
export function settingsOf({ settings }: ProviderConfig): LocalUserpassSettings {
  return settings as LocalUserpassSettings;
}

/** How new accounts are confirmed; of several that are set, the first of these counts (admin-api.md section 4). */
export function confirmationOf({ config }: LocalUserpassSettings): 'automatic' | 'function' | 'mail' {
  if (config.autoConfirm === true) return 'automatic';
  return config.runConfirmationFunction === true ? 'function' : 'mail';
}

export const localUserpassCredentials = z.looseObject({ username: z.string(), password: z.string() });

export type LocalUserpassCredentials = z.infer<typeof localUserpassCredentials>;
