export const MAX_STATEMENTS = 100_000;
export const MAX_NAMESPACE_BYTES = 255;
export const MAX_INDEXES = 64;
export const MAX_OPEN_CURSORS = 500;
/** Of an updateMany, more are changed in slices. */
export const MAX_DOCUMENTS_AT_ONCE = 1000;
/** More than this in one step would hold up the other writes. */
export const SLICE_BYTES = 4 * 1024 * 1024;
export const SLICE_MS = 20;
/** Documents that one statement changes inside of a transaction, held in memory. */
export const MAX_STATEMENT_BYTES = 64 * 1024 * 1024;
/** In-memory sort. */
export const MAX_SORT_BYTES = 100 * 1024 * 1024;
export const DEFAULT_FIRST_BATCH = 101;
export const MAX_BATCH_BYTES = 16 * 1024 * 1024;
