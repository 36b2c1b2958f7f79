const CHUNK_BYTES = 1 << 16;
const LENGTH_BYTES = 2;

/** Record keys one behind the other in few buffers: a million of them as objects of their own would take a hundred megabytes. */
export class KeyList {
  private readonly chunks: Buffer[] = [];
  /** The place behind the last key: number of the chunk times its size, and offset in it. */
  private end = 0;

  push(key: Uint8Array): void {
    const size = LENGTH_BYTES + key.length;
    if (this.end === this.chunks.length * CHUNK_BYTES || (this.end % CHUNK_BYTES) + size > CHUNK_BYTES) {
      this.end = this.chunks.length * CHUNK_BYTES;
      this.chunks.push(Buffer.alloc(CHUNK_BYTES));
    }
    const chunk = this.chunks.at(-1)!;
    const at = chunk.writeUInt16BE(key.length, this.end % CHUNK_BYTES);
    chunk.set(key, at);
    this.end += size;
  }

  /**
   * @param place 0 for the first key, else what came with the one before
   * @returns undefined behind the last one
   */
  at(place: number): { key: Uint8Array; next: number } | undefined {
    if (place >= this.end) return undefined;
    const number = Math.floor(place / CHUNK_BYTES);
    const chunk = this.chunks[number]!;
    const offset = place % CHUNK_BYTES;
    const length = offset + LENGTH_BYTES <= CHUNK_BYTES ? chunk.readUInt16BE(offset) : 0;
    if (length === 0) return this.at((number + 1) * CHUNK_BYTES);
    const from = offset + LENGTH_BYTES;
    return { key: chunk.subarray(from, from + length), next: place + LENGTH_BYTES + length };
  }
}
