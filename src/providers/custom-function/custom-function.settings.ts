import { z } from 'zod';

const text = z.string().max(256).nullish();

/** admin-api.md section 4. Either will do; where both are there, the name decides. */
export const customFunctionSettings = z.looseObject({
  config: z
    .looseObject({
      authFunctionName: text.meta({ title: 'Function that says who somebody is' }),
      authFunctionId: text,
    })
    .refine(({ authFunctionName, authFunctionId }) => Boolean(authFunctionName) || Boolean(authFunctionId), {
      path: ['authFunctionName'],
      message: 'the name of a function is required',
    }),
});

export type CustomFunctionSettings = z.infer<typeof customFunctionSettings>;

/** Whatever the app agreed on with its function. */
export const customFunctionCredentials = z.record(z.string(), z.unknown());

export type CustomFunctionCredentials = z.infer<typeof customFunctionCredentials>;
