import { LatchkeyError } from '../errors/latchkey-error.js';
import { OutboundFailed } from '../outbound/outbound.errors.js';

/** One thing about a provider's settings that was tried without a person. */
export interface Trial {
  what: string;
  /** Absent where all is well; else in words for an administrator. */
  problem?: string;
  /** What is good to know, though no problem. */
  note?: string;
}

/** Runs one, which returns or throws a problem. What is no refusal of ours is no finding either, and is thrown on. */
export async function tried(
  what: string,
  attempt: () => Promise<string | Omit<Trial, 'what'> | undefined>,
): Promise<Trial> {
  try {
    const found = await attempt();
    return { what, ...(typeof found === 'string' ? { problem: found } : found) };
  } catch (error) {
    // An administrator is told what a client is not.
    if (error instanceof OutboundFailed) return { what, problem: error.reason };
    if (error instanceof LatchkeyError) return { what, problem: error.message };
    throw error;
  }
}
