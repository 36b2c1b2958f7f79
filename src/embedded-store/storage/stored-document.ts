import { decode } from '../bson/decode.js';
import type { Doc } from '../bson/value.js';

/** A document as it was read, decoded when somebody looks into it. */
export class StoredDocument {
  private decoded: Doc | undefined;

  /** @param recordKey key string of its `_id` */
  constructor(
    readonly recordKey: Uint8Array,
    readonly raw: Uint8Array,
  ) {}

  get doc(): Doc {
    this.decoded ??= decode(this.raw);
    return this.decoded;
  }

  /** Drops the decoded form, which takes several times the memory of the bytes. */
  forget(): this {
    this.decoded = undefined;
    return this;
  }
}
