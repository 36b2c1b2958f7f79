export const MAX_STATEMENTS = 100_000;
export const MAX_NAMESPACE_BYTES = 255;
export const MAX_INDEXES = 64;
export const MAX_OPEN_CURSORS = 500;
/** Documents that one statement changes as a whole, held in memory until it is known to succeed. */
export const MAX_STATEMENT_BYTES = 64 * 1024 * 1024;
/** In-memory sort. */
export const MAX_SORT_BYTES = 100 * 1024 * 1024;
export const DEFAULT_FIRST_BATCH = 101;
export const MAX_BATCH_BYTES = 16 * 1024 * 1024;
