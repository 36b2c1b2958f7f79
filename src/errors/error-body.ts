import { STATUS, WIRE_CODE, type ErrorCode } from './error-codes.js';
import { LatchkeyError } from './latchkey-error.js';
import { ServiceUnavailable } from './errors.js';

/** What goes out for an error: the original's body, `{error, error_code?}`. */
export interface ErrorAnswer {
  status: number;
  headers: Record<string, string>;
  body: { error: string; error_code?: string };
}

/** Statuses that the HTTP layer itself gives, before any of our code ran, and the code and text they get. */
const BY_STATUS: Record<number, readonly [ErrorCode, string]> = {
  400: ['BadRequest', 'the request cannot be read'],
  404: ['NotFound', 'nothing is served at this address'],
  405: ['MethodNotAllowed', 'this address does not take that method'],
  408: ['RequestTimeout', 'the request took too long to arrive'],
  413: ['BodyTooLarge', 'the request body is too large'],
  414: ['BadRequest', 'the address is too long'],
  415: ['UnsupportedMediaType', 'the body has a media type that is not taken here, send application/json'],
  431: ['HeadersTooLarge', 'the request headers are too large'],
  503: ['ServiceUnavailable', 'the server is shutting down'],
};

/** True where the database, not the request, is at fault: driver and server errors except a duplicate key. */
function isDatabaseError(error: unknown): boolean {
  return (
    error instanceof Error &&
    /^(Mongo|Mongoose)\w*Error$/.test(error.name) &&
    !['MongooseCastError', 'MongooseValidationError'].includes(error.name)
  );
}

/** The answer to any error whatsoever. What is not ours and not the client's fault tells nothing but that it happened. */
export function answerTo(error: unknown): ErrorAnswer {
  if (error instanceof LatchkeyError) return answer(error);
  if (isDatabaseError(error)) return answer(new ServiceUnavailable(undefined, 1, { cause: error }));
  return answerToStatus(statusOf(error));
}

export function answerToStatus(status: number): ErrorAnswer {
  const known = BY_STATUS[status];
  if (known) return { status, headers: {}, body: { error: known[1], error_code: known[0] } };
  if (status >= 400 && status < 500) return answerToStatus(400);
  return { status: 500, headers: {}, body: { error: 'internal server error', error_code: 'InternalServerError' } };
}

function answer(error: LatchkeyError): ErrorAnswer {
  const wireCode = error.code in WIRE_CODE ? WIRE_CODE[error.code] : error.code;
  return {
    status: STATUS[error.code],
    headers: error.retryAfterSeconds === undefined ? {} : { 'retry-after': String(error.retryAfterSeconds) },
    body: { error: error.message, ...(wireCode ? { error_code: wireCode } : {}), ...error.details },
  };
}

/** `statusCode` of a Fastify error, `getStatus()` of a Nest one. */
function statusOf(error: unknown): number {
  if (typeof error !== 'object' || error === null) return 500;
  if ('getStatus' in error && typeof error.getStatus === 'function') return Number(error.getStatus());
  if ('statusCode' in error && typeof error.statusCode === 'number') return error.statusCode;
  return 500;
}
