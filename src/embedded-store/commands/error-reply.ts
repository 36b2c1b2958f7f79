import { type Doc, type Value } from '../bson/value.js';
import { MongoError } from '../errors.js';
import { int, toDoc } from './values.js';

export const TRANSIENT = 'TransientTransactionError';
export const RETRYABLE_WRITE = 'RetryableWriteError';

export const hasLabel = (error: unknown, label: string): boolean =>
  error instanceof MongoError && (error.extra.labels?.includes(label) ?? false);

/** The transaction may be tried again from its start. */
export const isTransient = (error: unknown): boolean => hasLabel(error, TRANSIENT);

/** `{code, codeName?, errmsg, keyPattern?, keyValue?}` as in `writeErrors`. */
export function errorFields(error: MongoError): Doc {
  const { keyPattern, keyValue } = error.extra;
  return toDoc({ code: int(error.code), keyPattern, keyValue, errmsg: error.message });
}

/** A whole reply for a command that failed. What is not a MongoError is a fault of ours; its message stays inside. */
export function errorReply(error: unknown, report: (error: unknown) => void): Doc {
  if (!(error instanceof MongoError)) {
    report(error);
    return toDoc({ ok: 0, errmsg: 'internal error of the embedded store', code: int(1), codeName: 'InternalError' });
  }
  const { labels, keyPattern, keyValue } = error.extra;
  const errorLabels: Value | undefined = labels && [...labels];
  const { code, codeName, message } = error;
  return toDoc({ ok: 0, errmsg: message, code: int(code), codeName, keyPattern, keyValue, errorLabels });
}
