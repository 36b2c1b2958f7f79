import type { Binary } from 'mongodb';

/** The driver gives stored bytes as Binary, where what was just written is still a Buffer. */
export function bytesOf(stored: Buffer | Binary): Buffer {
  return Buffer.isBuffer(stored) ? stored : Buffer.from(stored.buffer);
}
