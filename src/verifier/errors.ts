/** 401: the caller has no business here. 503: it cannot be told right now. */
const STATUS = {
  missing_token: 401,
  invalid_token: 401,
  token_expired: 401,
  token_revoked: 401,
  keys_unavailable: 503,
  revocations_unknown: 503,
} as const;

export type VerifierErrorCode = keyof typeof STATUS;

/** Why a token was not accepted. */
export class VerifierError extends Error {
  override readonly name = 'VerifierError';

  constructor(
    readonly code: VerifierErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** The HTTP status that says so. */
  get status(): 401 | 503 {
    return STATUS[this.code];
  }
}

const NOT_QUOTABLE = /[^\x20\x21\x23-\x5B\x5D-\x7E]/g;

/** For `WWW-Authenticate`, RFC 6750 §3. */
export function challengeOf({ code, message }: VerifierError): string {
  if (code === 'missing_token') return 'Bearer';
  return `Bearer error="invalid_token", error_description="${message.replaceAll(NOT_QUOTABLE, "'")}"`;
}
