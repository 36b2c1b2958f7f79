import { MalformedMessage, MAX_MESSAGE_BYTES } from './message.js';

const HEADER_BYTES = 16;

/** Cuts a byte stream into messages by the length that each begins with. */
export class FrameReader {
  private chunks: Buffer[] = [];
  /** Bytes that wait. */
  buffered = 0;

  push(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.buffered += chunk.length;
  }

  /**
   * The next whole message, or undefined until more bytes come.
   *
   * @throws MalformedMessage
   */
  next(): Buffer | undefined {
    if (this.buffered < 4) return undefined;
    if (this.chunks[0]!.length < 4) this.chunks = [Buffer.concat(this.chunks)];
    const length = this.chunks[0]!.readInt32LE(0);
    if (length < HEADER_BYTES + 1 || length > MAX_MESSAGE_BYTES)
      throw new MalformedMessage(`message of ${length} bytes`);
    if (this.buffered < length) return undefined;
    if (this.chunks.length > 1) this.chunks = [Buffer.concat(this.chunks)];
    const all = this.chunks[0]!;
    this.chunks = all.length > length ? [all.subarray(length)] : [];
    this.buffered -= length;
    return all.subarray(0, length);
  }
}
