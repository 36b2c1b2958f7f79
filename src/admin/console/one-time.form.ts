import { z } from 'zod';
import { answerTo } from '../../errors/error-body.js';
import { LatchkeyError } from '../../errors/latchkey-error.js';
import { InvalidPasswordForLink } from '../../providers/local-userpass/local-userpass.errors.js';

const text = z.string().catch('');

/** What the pages behind one-time links send; whatever is absent is empty. */
export const oneTimeForm = z.object({ email: text, password: text, again: text }).catch({
  email: '',
  password: '',
  again: '',
});

export const DIFFERENT_PASSWORDS = 'The two passwords are not the same.';

/**
 * What the person who filled in a form is told.
 *
 * @throws what is our fault, or the database's: the page for that is not this form
 */
export function problemIn(error: unknown): { status: number; text: string } {
  if (!(error instanceof LatchkeyError)) throw error;
  if (error instanceof InvalidPasswordForLink) return { status: 400, text: 'The password is wrong.' };
  return { status: answerTo(error).status, text: sentence(error.message) };
}

/** An error's text as people read it. */
export function sentence(message: string): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
}
