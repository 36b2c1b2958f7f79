import { z } from 'zod';
import { fieldNameOf, readPath } from './metadata.js';

const MAX_FIELDS = 64;
const MAX_FIELD_NAME = 63;

const metadataField = z
  .looseObject({
    required: z.boolean().nullish(),
    name: z.string().min(1).max(256),
    field_name: z.string().nullish(),
  })
  .superRefine((field, context) => {
    const refuse = (message: string): void => context.addIssue({ code: 'custom', message });
    if (readPath(field.name).includes('')) refuse(`'${field.name}' is no path: a part of it is empty`);
    const name = fieldNameOf(field);
    if (name.length > MAX_FIELD_NAME) refuse(`field_name has at most ${MAX_FIELD_NAME} characters`);
    if (/^\$|[.\0]/.test(name) || name === '__proto__') {
      refuse(`'${name}' cannot be a field of a user: give the field a field_name without dots and dollar signs`);
    }
  });

/** `metadata_fields` of a provider whose tokens may hold anything: paths, and the names they get. */
export const claimFields = z
  .array(metadataField)
  .max(MAX_FIELDS)
  .refine((fields) => new Set(fields.map(fieldNameOf)).size === fields.length, {
    message: 'two fields have the same field_name',
  })
  .nullish();
