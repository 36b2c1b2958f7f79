import { isDoc, typeName, type Value } from '../bson/value.js';
import { ErrorCodes, MongoError, unsupported } from '../errors.js';
import { replaceDocuments } from '../storage/replace-documents.js';
import type { Call } from './command.js';
import { prepareInsert } from './insert.js';
import { readMerge } from './merge.js';
import { targetOf, type WriteResults } from './write-target.js';

/** `$out` or `$merge` where a pipeline ends in one. */
export function writeStageOf(pipeline: Value | undefined): '$out' | '$merge' | undefined {
  const last = Array.isArray(pipeline) ? pipeline.at(-1) : undefined;
  if (!isDoc(last) || last.size !== 1) return undefined;
  return last.has('$out') ? '$out' : last.has('$merge') ? '$merge' : undefined;
}

/** @throws MongoError for a stage that is not well-formed, before anything is read */
export function readWriteStage(call: Call, name: '$out' | '$merge', argument: Value): WriteResults {
  if (call.transaction)
    throw new MongoError(ErrorCodes.OperationNotSupportedInTransaction, `${name} cannot be used in a transaction`);
  const concern = call.args.get('readConcern');
  if (isDoc(concern) && concern.get('level') === 'linearizable')
    throw new MongoError(ErrorCodes.InvalidOptions, `${name} cannot be used with a linearizable read concern`);
  return name === '$out' ? readOut(call, argument) : readMerge(call, argument);
}

/** What was there is replaced at the end, all at once. */
function readOut(call: Call, argument: Value): WriteResults {
  if (typeof argument !== 'string' && !isDoc(argument))
    throw new MongoError(16990, `$out only supports a string or object argument, but found ${typeName(argument)}`);
  if (isDoc(argument) && argument.has('timeseries')) throw unsupported('$out to a time series collection');
  const namespace = targetOf(call, argument, '$out');
  return async (results) => {
    const documents = results.map((raw) => prepareInsert(raw, true));
    await replaceDocuments(call.server.engine, namespace, documents);
  };
}
