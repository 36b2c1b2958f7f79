import type { OutgoingMail } from '../../mail/outgoing-mail.model.js';
import { seconds } from './admin-account.view.js';

/** No body: that is for the inbox alone. */
export function mailView(record: OutgoingMail): Record<string, unknown> {
  const { _id, to, subject, state, attempts, problem, createdAt, doneAt } = record;
  return {
    _id: _id.toHexString(),
    to,
    subject,
    state,
    attempts,
    created_at: seconds(createdAt),
    ...(doneAt ? { done_at: seconds(doneAt) } : {}),
    ...(problem === undefined ? {} : { problem }),
  };
}
