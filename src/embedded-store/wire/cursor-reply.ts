const DOCUMENT = 0x03;
const ARRAY = 0x04;
const DOUBLE = 0x01;
const STRING = 0x02;
const TIMESTAMP = 0x11;
const INT64 = 0x12;

export interface CursorReply {
  batchName: 'firstBatch' | 'nextBatch';
  /** BSON already. */
  documents: readonly Uint8Array[];
  /** 0n when nothing more will come. */
  id: bigint;
  namespace: string;
  /** Of change streams. */
  postBatchResumeToken?: Uint8Array | undefined;
  operationTime: bigint;
  /** Further fields of the reply, as a document. */
  fields?: Uint8Array | undefined;
}

/** `{cursor: {<batch>: […], id, ns}, ok: 1}` */
export function cursorReply({
  batchName,
  documents,
  id,
  namespace,
  postBatchResumeToken,
  operationTime,
  fields,
}: CursorReply): Buffer {
  let documentBytes = 0;
  for (const document of documents) documentBytes += document.length;
  const other = Buffer.byteLength(namespace) + (postBatchResumeToken?.length ?? 0) + (fields?.length ?? 0);
  const slack = 192 + other + documents.length * 8;
  const out = new Builder(documentBytes + slack);
  const reply = out.open();
  const cursor = out.openElement(DOCUMENT, 'cursor');
  const batch = out.openElement(ARRAY, batchName);
  for (let i = 0; i < documents.length; i++) {
    out.name(DOCUMENT, String(i));
    out.bytes(documents[i]!);
  }
  out.close(batch);
  if (postBatchResumeToken) {
    out.name(DOCUMENT, 'postBatchResumeToken');
    out.bytes(postBatchResumeToken);
  }
  out.name(INT64, 'id');
  out.int64(id);
  out.name(STRING, 'ns');
  out.string(namespace);
  out.close(cursor);
  if (fields) out.bytes(fields.subarray(4, fields.length - 1));
  out.name(DOUBLE, 'ok');
  out.double(1);
  out.name(TIMESTAMP, 'operationTime');
  out.int64(operationTime);
  out.close(reply);
  return out.take();
}

/** Writes BSON front to back into a buffer that is large enough from the start. */
class Builder {
  private readonly buffer: Buffer;
  private at = 0;

  constructor(size: number) {
    this.buffer = Buffer.allocUnsafe(size);
  }

  open(): number {
    this.at += 4;
    return this.at - 4;
  }

  openElement(type: number, name: string): number {
    this.name(type, name);
    return this.open();
  }

  close(start: number): void {
    this.buffer[this.at++] = 0;
    this.buffer.writeInt32LE(this.at - start, start);
  }

  name(type: number, name: string): void {
    this.buffer[this.at++] = type;
    this.at += this.buffer.write(name, this.at, 'latin1');
    this.buffer[this.at++] = 0;
  }

  bytes(bytes: Uint8Array): void {
    this.buffer.set(bytes, this.at);
    this.at += bytes.length;
  }

  int64(value: bigint): void {
    this.at = this.buffer.writeBigInt64LE(value, this.at);
  }

  double(value: number): void {
    this.at = this.buffer.writeDoubleLE(value, this.at);
  }

  string(value: string): void {
    const length = this.buffer.write(value, this.at + 4, 'utf8');
    this.buffer.writeInt32LE(length + 1, this.at);
    this.at += 4 + length;
    this.buffer[this.at++] = 0;
  }

  take(): Buffer {
    return this.buffer.subarray(0, this.at);
  }
}
