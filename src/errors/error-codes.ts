/**
 * Every error code and the HTTP status it is answered with. A new code without a status does not compile;
 * `docs/errors.md` lists the same codes, and a test compares the two.
 *
 * Most names are those of the original service: applications in the wild switch on them.
 */
export type ErrorCode =
  | 'APIKeyAlreadyExists'
  | 'APIKeyInUse'
  | 'APIKeyNotFound'
  | 'AccountNameInUse'
  | 'AddressNotAllowed'
  | 'AdminKeyRefused'
  | 'AdminTokenOfOtherKind'
  | 'AppNotFound'
  | 'AuthError'
  | 'AuthProviderAlreadyExists'
  | 'AuthProviderNotFound'
  | 'BadRequest'
  | 'BodyTooLarge'
  | 'DomainNotAllowed'
  | 'FreshLoginRequired'
  | 'FunctionDuplicateName'
  | 'FunctionFailed'
  | 'FunctionMissing'
  | 'FunctionNotFound'
  | 'FunctionRefused'
  | 'HeadersTooLarge'
  | 'InternalServerError'
  | 'InvalidParameter'
  | 'InvalidPassword'
  | 'InvalidPasswordForLink'
  | 'InvalidSession'
  | 'LastIdentity'
  | 'LastOwner'
  | 'LinkRefused'
  | 'LoginRefused'
  | 'MailNotFound'
  | 'MergeTicketInvalid'
  | 'MethodNotAllowed'
  | 'MissingAuthReq'
  | 'MissingParameter'
  | 'NotARefreshToken'
  | 'NotFound'
  | 'NotSupported'
  | 'OriginNotAllowed'
  | 'PreconditionFailed'
  | 'RequestTimeout'
  | 'RoleTooWeak'
  | 'SecondFactorRequired'
  | 'SecondFactorWrong'
  | 'SecretAlreadyExists'
  | 'SecretNotFound'
  | 'ServiceUnavailable'
  | 'StreamAlreadyExists'
  | 'TokenRefused'
  | 'TooManyRequests'
  | 'UnsupportedMediaType'
  | 'UpstreamFailed'
  | 'UserAlreadyConfirmed'
  | 'UserAppDomainMismatch'
  | 'UserDisabled'
  | 'UserNotFound'
  | 'UserpassTokenInvalid';

export const STATUS: Record<ErrorCode, number> = {
  APIKeyAlreadyExists: 409,
  APIKeyInUse: 403,
  APIKeyNotFound: 404,
  AccountNameInUse: 409,
  AddressNotAllowed: 403,
  AdminKeyRefused: 401,
  AdminTokenOfOtherKind: 401,
  AppNotFound: 404,
  AuthError: 401,
  AuthProviderAlreadyExists: 409,
  AuthProviderNotFound: 404,
  BadRequest: 400,
  BodyTooLarge: 413,
  DomainNotAllowed: 403,
  FreshLoginRequired: 403,
  FunctionDuplicateName: 409,
  FunctionFailed: 502,
  FunctionMissing: 401,
  FunctionNotFound: 404,
  FunctionRefused: 401,
  HeadersTooLarge: 431,
  InternalServerError: 500,
  InvalidParameter: 400,
  InvalidPassword: 401,
  InvalidPasswordForLink: 400,
  InvalidSession: 401,
  LastIdentity: 409,
  LastOwner: 409,
  LinkRefused: 401,
  LoginRefused: 403,
  MailNotFound: 404,
  MergeTicketInvalid: 400,
  MethodNotAllowed: 405,
  MissingAuthReq: 401,
  MissingParameter: 400,
  NotARefreshToken: 401,
  NotFound: 404,
  NotSupported: 404,
  OriginNotAllowed: 403,
  PreconditionFailed: 412,
  RequestTimeout: 408,
  RoleTooWeak: 403,
  SecondFactorRequired: 401,
  SecondFactorWrong: 401,
  SecretAlreadyExists: 409,
  SecretNotFound: 404,
  ServiceUnavailable: 503,
  StreamAlreadyExists: 409,
  TokenRefused: 401,
  TooManyRequests: 429,
  UnsupportedMediaType: 415,
  UpstreamFailed: 502,
  UserAlreadyConfirmed: 400,
  UserAppDomainMismatch: 403,
  UserDisabled: 401,
  UserNotFound: 404,
  UserpassTokenInvalid: 400,
};

/**
 * What is sent as `error_code` where it is not the code's own name. `null`: none is sent, because a client would act on
 * it: a logout with a token that was never ours must not look like a dead session (client-api.md section 1).
 */
export const WIRE_CODE: Partial<Record<ErrorCode, ErrorCode | null>> = {
  AdminKeyRefused: null,
  AdminTokenOfOtherKind: null,
  AppNotFound: null,
  FunctionMissing: 'AuthError',
  FunctionRefused: 'AuthError',
  InvalidPasswordForLink: 'InvalidPassword',
  LoginRefused: 'AuthError',
  NotARefreshToken: null,
  TokenRefused: null,
};
