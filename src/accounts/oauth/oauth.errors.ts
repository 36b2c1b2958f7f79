/** An answer as RFC 6749 §5.2 has it. The text is of printable ASCII without quotes and backslashes. */
export class OAuthError extends Error {
  constructor(
    readonly status: 400 | 401,
    readonly code: 'invalid_request' | 'invalid_client',
    message: string,
  ) {
    super(message);
  }

  static invalidRequest(message: string): OAuthError {
    return new OAuthError(400, 'invalid_request', message);
  }

  /** The same, whatever was wrong with it. */
  static invalidClient(): OAuthError {
    return new OAuthError(401, 'invalid_client', 'client authentication failed');
  }
}
