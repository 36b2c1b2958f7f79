import { ObjectId } from 'mongodb';

const HEX_24 = /^[0-9a-f]{24}$/i;

/** The id that a text from outside names in 24 hex digits; undefined for what is none. */
export function objectIdIn(text: unknown): ObjectId | undefined {
  return typeof text === 'string' && HEX_24.test(text) ? ObjectId.createFromHexString(text) : undefined;
}
