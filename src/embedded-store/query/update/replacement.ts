import type { Doc } from '../../bson/value.js';
import { identicalValues } from '../compare.js';
import { withIdOf } from './keep-id.js';
import { withTimestamps } from './empty-timestamps.js';
import { dollarField } from './path.js';

/**
 * @throws MongoError 52 for a field that begins with a dollar
 */
export function compileReplacement(replacement: Doc, keepsEmptyTimestamps = false): (doc: Doc) => Doc {
  for (const name of replacement.keys()) if (name.startsWith('$')) throw dollarField(name);
  return (doc) => {
    const result = withIdOf(doc, keepsEmptyTimestamps ? replacement : withTimestamps(replacement));
    return identicalValues(result, doc) ? doc : result;
  };
}
