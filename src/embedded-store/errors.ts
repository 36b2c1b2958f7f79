import type { Doc } from './bson/value.js';

/** Codes and names as MongoDB 8.0 sends them (`src/mongo/base/error_codes.yml` of its source). */
export const ErrorCodes = {
  InternalError: 1,
  BadValue: 2,
  NoSuchKey: 4,
  GraphContainsCycle: 5,
  HostUnreachable: 6,
  FailedToParse: 9,
  Unauthorized: 13,
  TypeMismatch: 14,
  Overflow: 15,
  InvalidLength: 16,
  ProtocolError: 17,
  AuthenticationFailed: 18,
  IllegalOperation: 20,
  InvalidBSON: 22,
  LockTimeout: 24,
  NamespaceNotFound: 26,
  IndexNotFound: 27,
  PathNotViable: 28,
  ConflictingUpdateOperators: 40,
  CursorNotFound: 43,
  NamespaceExists: 48,
  MaxTimeMSExpired: 50,
  DollarPrefixedFieldName: 52,
  NotSingleValueField: 54,
  InvalidDBRef: 55,
  CommandNotFound: 59,
  WriteConcernFailed: 64,
  ImmutableField: 66,
  CannotCreateIndex: 67,
  IndexAlreadyExists: 68,
  InvalidOptions: 72,
  InvalidNamespace: 73,
  UnknownReplWriteConcern: 79,
  IndexOptionsConflict: 85,
  IndexKeySpecsConflict: 86,
  ShutdownInProgress: 91,
  UnsatisfiableWriteConcern: 100,
  WriteConflict: 112,
  CommandNotSupported: 115,
  DocumentValidationFailure: 121,
  CommandNotSupportedOnView: 166,
  InvalidPipelineOperator: 168,
  CannotIndexParallelArrays: 171,
  InvalidIndexSpecificationOption: 197,
  TransactionTooOld: 225,
  NotARetryableWriteCommand: 50768,
  NoSuchTransaction: 251,
  TransactionCommitted: 256,
  TransactionTooLarge: 257,
  UnknownFeatureCompatibilityVersion: 258,
  OperationNotSupportedInTransaction: 263,
  IncompleteTransactionHistory: 217,
  ConversionFailure: 241,
  SnapshotUnavailable: 246,
  ExceededMemoryLimit: 146,
  TransactionExceededLifetimeLimitSeconds: 290,
  QueryPlanKilled: 175,
  NoQueryExecutionPlans: 291,
  QueryExceededMemoryLimitNoDiskUseAllowed: 292,
  IndexBuildAborted: 276,
  ChangeStreamFatalError: 280,
  ChangeStreamHistoryLost: 286,
  InvalidResumeToken: 260,
  Interrupted: 11601,
  InterruptedAtShutdown: 11600,
  DuplicateKey: 11000,
  BSONObjectTooLarge: 10334,
  OutOfDiskSpace: 14031,
  NotWritablePrimary: 10107,
} as const;

const namesByCode = new Map<number, string>(Object.entries(ErrorCodes).map(([name, code]) => [code, name]));

/** MongoDB names codes without an entry in its table by their place in the source. */
export const codeName = (code: number): string => namesByCode.get(code) ?? `Location${code}`;

export interface ErrorExtra {
  /** Sent as `errorLabels`, e.g. TransientTransactionError. */
  labels?: readonly string[];
  /** Of error 11000. */
  keyPattern?: Doc;
  keyValue?: Doc;
}

/** An answer `{ok: 0, code, codeName, errmsg}` or an entry of `writeErrors`; anything else thrown is a fault of ours. */
export class MongoError extends Error {
  override readonly name = 'MongoError';
  readonly codeName: string;

  constructor(
    readonly code: number,
    message: string,
    readonly extra: ErrorExtra = {},
  ) {
    super(message);
    this.codeName = codeName(code);
  }
}

export const badValue = (message: string): MongoError => new MongoError(ErrorCodes.BadValue, message);
export const failedToParse = (message: string): MongoError => new MongoError(ErrorCodes.FailedToParse, message);
export const typeMismatch = (message: string): MongoError => new MongoError(ErrorCodes.TypeMismatch, message);

/** For what MongoDB can and this store cannot do. `feature` as the user wrote it: `$where`, `collation`. */
export const unsupported = (feature: string): MongoError =>
  new MongoError(
    ErrorCodes.CommandNotSupported,
    `${feature} is not supported by the embedded store; a replica set (set MONGODB_URI) supports it`,
  );
