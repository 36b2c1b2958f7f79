/**
 * The driver's own way of sending documents that are BSON already. It is not part of what the driver promises, so its version is
 * pinned and test/cli/db/copy.spec.ts tells when it changes. To decode and encode instead would lose what JavaScript cannot hold:
 * dates beyond its range, old types, the order of fields that look like numbers.
 */
declare module 'mongodb/lib/cmap/commands.js' {
  export class DocumentSequence {
    constructor(field: string);
    push(document: object, bson: Uint8Array): number;
  }
}
