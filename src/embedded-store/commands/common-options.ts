import { type Doc, isDoc, type Value } from '../bson/value.js';
import { codeName, ErrorCodes, MongoError, unsupported } from '../errors.js';
import { document, integer, optional, string, toDoc } from './values.js';

/** Fields that every command may have. `$clusterTime` is what the client last heard: on one node there is nothing to wait for. */
export const COMMON_OPTIONS: ReadonlySet<string> = new Set([
  '$db',
  'lsid',
  'txnNumber',
  'autocommit',
  'startTransaction',
  '$clusterTime',
  '$readPreference',
  'readConcern',
  'writeConcern',
  'maxTimeMS',
  'comment',
  'apiVersion',
  'apiStrict',
  'apiDeprecationErrors',
]);

const READ_MODES = new Set(['primary', 'primaryPreferred', 'secondary', 'secondaryPreferred', 'nearest']);
const WRITE_CONCERN_FIELDS = new Set(['w', 'j', 'wtimeout', 'wtimeoutMS', 'fsync', 'provenance']);
/** Of a replica set. */
const MAX_MEMBERS = 50;
/** All mean the same here: reads see what is committed and on disk. */
const READ_LEVELS = new Set(['local', 'available', 'majority', 'linearizable']);

/** @throws MongoError for options that are none, and when a promise is asked for that one node cannot keep */
export function checkCommonOptions(args: Doc): void {
  const collation = args.get('collation');
  if (collation !== undefined) checkCollation(collation);
  const readConcern = optional(args, 'readConcern', document);
  if (readConcern) checkReadConcern(readConcern, args.has('autocommit'));
  const preference = optional(args, '$readPreference', document);
  const mode = preference && optional(preference, 'mode', string);
  if (mode !== undefined && !READ_MODES.has(mode)) throw new MongoError(9, `unknown read preference mode ${mode}`);
  const version = args.get('apiVersion');
  if (version !== undefined && version !== '1') throw new MongoError(322, 'apiVersion must be "1"');
  if (args.get('apiStrict') === true) throw unsupported('apiStrict');
}

/** @throws MongoError 72 for any collation but the simple one */
export function checkCollation(collation: Value): void {
  if (isDoc(collation) && collation.get('locale') === 'simple' && collation.size === 1) return;
  throw new MongoError(
    72,
    'a collation other than {locale: "simple"} is not supported by the embedded store; a replica set (set MONGODB_URI) supports it',
  );
}

function checkReadConcern(readConcern: Doc, inTransaction: boolean): void {
  for (const [name, value] of readConcern) {
    if (name === 'level') {
      if (value === 'snapshot' && inTransaction) continue;
      if (value === 'snapshot') throw unsupported('readConcern snapshot outside of a transaction');
      const level = string(value, name);
      if (!READ_LEVELS.has(level)) throw new MongoError(9, `unknown read concern level ${level}`);
    } else if (name === 'atClusterTime') throw unsupported('readConcern.atClusterTime');
    else if (name !== 'afterClusterTime')
      throw new MongoError(40415, `BSON field 'readConcern.${name}' is an unknown field.`);
  }
}

/**
 * What a write has to say about its `writeConcern`, besides what became of it: every write is journaled and on the only node, so `w: 0 | 1 | "majority"`
 * and `j` are kept whatever they say. One that asks for other nodes is done like any, and its reply says that they are not there.
 *
 * @returns a `writeConcernError` for the reply
 * @throws MongoError for what is no write concern
 */
export function checkWriteConcern(args: Doc): Doc | undefined {
  const writeConcern = optional(args, 'writeConcern', document);
  if (!writeConcern) return undefined;
  for (const name of writeConcern.keys()) {
    if (!WRITE_CONCERN_FIELDS.has(name)) throw new MongoError(9, `unrecognized write concern field: ${name}`);
  }
  const w = writeConcern.get('w') ?? null;
  if (w === null || w === 'majority') return undefined;
  const fail = (code: number, errmsg: string): Doc =>
    toDoc({ code, codeName: codeName(code), errmsg, errInfo: { writeConcern } });
  if (typeof w === 'string')
    return fail(
      ErrorCodes.UnknownReplWriteConcern,
      `No write concern mode named '${w}' found in replica set configuration`,
    );
  const members = integer(w, 'w');
  if (members < 0 || members > MAX_MEMBERS)
    throw new MongoError(9, `w has to be a non-negative number and not greater than ${MAX_MEMBERS}; found: ${members}`);
  return members > 1 ? fail(ErrorCodes.UnsatisfiableWriteConcern, 'Not enough data-bearing nodes') : undefined;
}
