import { crc32c } from './crc32c.js';

/** Largest message on the wire, MongoDB's maxMessageSizeBytes. */
export const MAX_MESSAGE_BYTES = 48_000_000;
export const OP_REPLY = 1;
export const OP_QUERY = 2004;
export const OP_MSG = 2013;

const CHECKSUM_PRESENT = 1;
const MORE_TO_COME = 2;
/** The lower 16 bits are required: an unknown one there makes the message unreadable. */
const UNKNOWN_REQUIRED_FLAGS = 0xffff & ~(CHECKSUM_PRESENT | MORE_TO_COME);

/** A message that breaks the framing rules: its connection is closed without an answer. */
export class MalformedMessage extends Error {}

export interface Request {
  requestId: number;
  opCode: typeof OP_QUERY | typeof OP_MSG;
  /** The command document, whole. */
  body: Buffer;
  /** Documents that came outside of the body, by the name of the field they belong to (`documents`, `updates`, …). */
  sequences: Map<string, Buffer[]> | undefined;
  /** False when the client asked for no answer (w: 0). */
  wantsReply: boolean;
  /** OP_QUERY only: `<database>.$cmd`. */
  namespace: string | undefined;
}

/**
 * Reads one whole message.
 *
 * @see https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/
 * @throws MalformedMessage
 */
export function parseMessage(message: Buffer): Request {
  const requestId = message.readInt32LE(4);
  const opCode = message.readInt32LE(12);
  if (opCode === OP_MSG) return parseMsg(message, requestId);
  if (opCode === OP_QUERY) return parseQuery(message, requestId);
  throw new MalformedMessage(`operation code ${opCode}`);
}

function parseMsg(message: Buffer, requestId: number): Request {
  if (message.length < 16 + 4 + 1 + 5) throw new MalformedMessage('too short');
  const flags = message.readUInt32LE(16);
  if ((flags & UNKNOWN_REQUIRED_FLAGS) !== 0) throw new MalformedMessage(`flags ${flags}`);
  let end = message.length;
  if ((flags & CHECKSUM_PRESENT) !== 0) {
    end -= 4;
    if (message.readUInt32LE(end) !== crc32c(message.subarray(0, end))) throw new MalformedMessage('wrong checksum');
  }
  let body: Buffer | undefined;
  let sequences: Map<string, Buffer[]> | undefined;
  for (let at = 20; at < end;) {
    const kind = message[at++];
    const size = sizeAt(message, at, end);
    const section = message.subarray(at, at + size);
    at += size;
    if (kind === 0) {
      if (body) throw new MalformedMessage('two bodies');
      body = section;
    } else if (kind === 1) {
      sequences ??= new Map();
      const [name, documents] = parseSequence(section);
      if (sequences.has(name)) throw new MalformedMessage(`two sequences ${name}`);
      sequences.set(name, documents);
    } else throw new MalformedMessage(`section kind ${kind}`);
  }
  if (!body) throw new MalformedMessage('no body');
  return { requestId, opCode: OP_MSG, body, sequences, wantsReply: (flags & MORE_TO_COME) === 0, namespace: undefined };
}

function parseSequence(section: Buffer): [name: string, documents: Buffer[]] {
  const nameEnd = section.indexOf(0, 4);
  if (nameEnd < 0) throw new MalformedMessage('sequence without a name');
  const documents: Buffer[] = [];
  for (let at = nameEnd + 1; at < section.length;) {
    const size = sizeAt(section, at, section.length);
    documents.push(section.subarray(at, at + size));
    at += size;
  }
  return [section.toString('utf8', 4, nameEnd), documents];
}

/** Drivers still open with one legacy OP_QUERY: `hello` on `<db>.$cmd`. */
function parseQuery(message: Buffer, requestId: number): Request {
  const nameEnd = message.indexOf(0, 20);
  if (nameEnd < 0) throw new MalformedMessage('no collection name');
  const at = nameEnd + 1 + 8;
  const size = sizeAt(message, at, message.length);
  const body = message.subarray(at, at + size);
  const namespace = message.toString('utf8', 20, nameEnd);
  return { requestId, opCode: OP_QUERY, body, sequences: undefined, wantsReply: true, namespace };
}

/** The int32 length that BSON documents and sections begin with, checked against what is there. */
function sizeAt(bytes: Buffer, at: number, end: number): number {
  if (at + 4 > end) throw new MalformedMessage('cut off');
  const size = bytes.readInt32LE(at);
  if (size < 5 || at + size > end) throw new MalformedMessage(`length ${size}`);
  return size;
}

export function formatMsg(document: Uint8Array, requestId: number, responseTo: number): Buffer {
  const message = Buffer.allocUnsafe(16 + 4 + 1 + document.length);
  writeHeader(message, requestId, responseTo, OP_MSG);
  message.writeUInt32LE(0, 16);
  message[20] = 0;
  message.set(document, 21);
  return message;
}

export function formatReply(document: Uint8Array, requestId: number, responseTo: number): Buffer {
  const message = Buffer.alloc(16 + 20 + document.length);
  writeHeader(message, requestId, responseTo, OP_REPLY);
  message.writeInt32LE(8, 16); // AwaitCapable
  message.writeInt32LE(1, 32); // one document
  message.set(document, 36);
  return message;
}

function writeHeader(message: Buffer, requestId: number, responseTo: number, opCode: number): void {
  message.writeInt32LE(message.length, 0);
  message.writeInt32LE(requestId, 4);
  message.writeInt32LE(responseTo, 8);
  message.writeInt32LE(opCode, 12);
}
