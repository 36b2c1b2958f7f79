/**
 * Every error code and the HTTP status it is answered with. A new code without a status does not compile;
 * `docs/errors.md` lists the same codes, and a test compares the two.
 *
 * Most names are those of the original service: applications in the wild switch on them.
 */
export type ErrorCode =
  | 'APIKeyNotFound'
  | 'AccountNameInUse'
  | 'AdminKeyRefused'
  | 'AdminTokenOfOtherKind'
  | 'AppNotFound'
  | 'AuthError'
  | 'AuthProviderNotFound'
  | 'BadRequest'
  | 'BodyTooLarge'
  | 'FunctionNotFound'
  | 'HeadersTooLarge'
  | 'InternalServerError'
  | 'InvalidParameter'
  | 'InvalidPassword'
  | 'InvalidPasswordForLink'
  | 'InvalidSession'
  | 'LastOwner'
  | 'LinkRefused'
  | 'LoginRefused'
  | 'MethodNotAllowed'
  | 'MissingAuthReq'
  | 'MissingParameter'
  | 'NotARefreshToken'
  | 'NotFound'
  | 'OriginNotAllowed'
  | 'RequestTimeout'
  | 'RoleTooWeak'
  | 'ServiceUnavailable'
  | 'TooManyRequests'
  | 'UnsupportedMediaType'
  | 'UserAppDomainMismatch'
  | 'UserDisabled'
  | 'UserNotFound';

export const STATUS: Record<ErrorCode, number> = {
  APIKeyNotFound: 404,
  AccountNameInUse: 409,
  AdminKeyRefused: 401,
  AdminTokenOfOtherKind: 401,
  AppNotFound: 404,
  AuthError: 401,
  AuthProviderNotFound: 404,
  BadRequest: 400,
  BodyTooLarge: 413,
  FunctionNotFound: 404,
  HeadersTooLarge: 431,
  InternalServerError: 500,
  InvalidParameter: 400,
  InvalidPassword: 401,
  InvalidPasswordForLink: 400,
  InvalidSession: 401,
  LastOwner: 409,
  LinkRefused: 401,
  LoginRefused: 403,
  MethodNotAllowed: 405,
  MissingAuthReq: 401,
  MissingParameter: 400,
  NotARefreshToken: 401,
  NotFound: 404,
  OriginNotAllowed: 403,
  RequestTimeout: 408,
  RoleTooWeak: 403,
  ServiceUnavailable: 503,
  TooManyRequests: 429,
  UnsupportedMediaType: 415,
  UserAppDomainMismatch: 403,
  UserDisabled: 401,
  UserNotFound: 404,
};

/**
 * What is sent as `error_code` where it is not the code's own name. `null`: none is sent, because a client would act on
 * it: a logout with a token that was never ours must not look like a dead session (client-api.md section 1).
 */
export const WIRE_CODE: Partial<Record<ErrorCode, ErrorCode | null>> = {
  AdminKeyRefused: null,
  AdminTokenOfOtherKind: null,
  AppNotFound: null,
  InvalidPasswordForLink: 'InvalidPassword',
  LoginRefused: 'AuthError',
  NotARefreshToken: null,
};
