import type { Connection } from 'mongoose';

/**
 * One change of stored data that a new version of the code needs. Run once, in the order of names, before anything else
 * starts. Written so that a second run does no harm: a crash may come between the work and the note that it was done.
 */
export interface Migration {
  /** `0001-what-it-does`, the name of its file. */
  name: string;
  up(connection: Connection): Promise<void>;
}
