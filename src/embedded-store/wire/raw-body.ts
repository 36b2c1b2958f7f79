import { ErrorCodes, MongoError } from '../errors.js';

/** Bytes of a value after its type and name, for types of one fixed size. */
const FIXED_SIZES = new Map([
  [0x01, 8],
  [0x06, 0],
  [0x07, 12],
  [0x08, 1],
  [0x09, 8],
  [0x0a, 0],
  [0x10, 4],
  [0x11, 8],
  [0x12, 8],
  [0x13, 16],
  [0x7f, 0],
  [0xff, 0],
]);
const ARRAY = 0x04;

/**
 * Takes one array of documents out of a command, so that its documents can be stored as they came.
 *
 * @returns the command without the array, and the documents; undefined when there is no such array
 * @throws MongoError 22 for what is no BSON
 */
export function cutArray(body: Buffer, name: string): { rest: Buffer; documents: Buffer[] } | undefined {
  for (const element of elements(body)) {
    if (element.type !== ARRAY || element.name !== name) continue;
    const array = body.subarray(element.valueAt, element.end);
    const documents = [...elements(array)].map(({ type, valueAt, end }) => {
      if (type !== 0x03) throw invalid(`${name} holds something that is no document`);
      return array.subarray(valueAt, end);
    });
    const rest = Buffer.concat([body.subarray(0, element.at), body.subarray(element.end)]);
    rest.writeInt32LE(rest.length, 0);
    return { rest, documents };
  }
  return undefined;
}

const invalid = (what: string): MongoError => new MongoError(ErrorCodes.InvalidBSON, `invalid BSON: ${what}`);

interface Element {
  type: number;
  name: string;
  at: number;
  valueAt: number;
  end: number;
}

function* elements(document: Buffer): Generator<Element> {
  if (document.readInt32LE(0) !== document.length) throw invalid('wrong document length');
  for (let at = 4; at < document.length - 1;) {
    const type = document[at]!;
    const nameEnd = document.indexOf(0, at + 1);
    if (nameEnd < 0) throw invalid('a name without an end');
    const valueAt = nameEnd + 1;
    const end = valueAt + valueSize(document, type, valueAt);
    if (end < valueAt || end > document.length - 1) throw invalid('an element beyond the end');
    yield { type, name: document.toString('utf8', at + 1, nameEnd), at, valueAt, end };
    at = end;
  }
}

function valueSize(document: Buffer, type: number, at: number): number {
  const fixed = FIXED_SIZES.get(type);
  if (fixed !== undefined) return fixed;
  if (type === 0x0b) return document.indexOf(0, document.indexOf(0, at) + 1) + 1 - at;
  if (at + 4 > document.length) throw invalid('cut off');
  const length = document.readInt32LE(at);
  if (length < 0) throw invalid('a negative length');
  switch (type) {
    case 0x02:
    case 0x0d:
    case 0x0e:
      return 4 + length;
    case 0x03:
    case ARRAY:
    case 0x0f:
      if (length < 5) throw invalid('a document too short');
      return length;
    case 0x05:
      return 5 + length;
    case 0x0c:
      return 4 + length + 12;
    default:
      throw invalid(`element type ${type}`);
  }
}
