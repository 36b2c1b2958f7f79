import type { Migration } from './migration.js';

/** In the order they run; a new one, `0001-….ts` and so on, goes to the end, and one that was released is never changed. */
export const MIGRATIONS: readonly Migration[] = [];
