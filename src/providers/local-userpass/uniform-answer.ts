import { setTimeout as sleep } from 'node:timers/promises';
import { AccountNameInUse, UserNotFound } from '../../users/users.errors.js';
import { UserAlreadyConfirmed } from './local-userpass.errors.js';

/** Longer than it takes to write a mail into the outbox. */
const PRIVATE_ANSWER_MS = 400;

/**
 * In an app's privacy mode, what is asked about an address gets the same answer at the same time whether or not somebody has
 * it. Refusals that say nothing of an address are thrown all the same.
 *
 * @param rehearse does what `work` would have done for an address that somebody has, and leaves nothing: on a server that is
 *   slow, the time alone would not hide it
 */
export async function uniformly(
  isPrivate: boolean,
  work: () => Promise<void>,
  rehearse: () => Promise<void> = async () => undefined,
): Promise<void> {
  if (!isPrivate) return work();
  await Promise.all([withoutTelling(work, rehearse), sleep(PRIVATE_ANSWER_MS)]);
}

async function withoutTelling(work: () => Promise<void>, rehearse: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const tells =
      error instanceof AccountNameInUse || error instanceof UserNotFound || error instanceof UserAlreadyConfirmed;
    if (!tells) throw error;
    await rehearse();
  }
}
