import type { Page, Revocation } from './app-revocations.js';

/** The feed on the wire (docs/revocation-feed.md). Sequence numbers are text: they need 64 bits. */
export interface FeedBody {
  seq: string;
  retain: number;
  sessions: string[];
  users: { id: string; epoch: number }[];
  keys: string[];
}

/** @param retain for how many seconds from now a client has to remember what it was told */
export function feedView({ seq, revocations }: Page, retain: number): FeedBody {
  return {
    seq: String(seq),
    retain,
    sessions: idsOf(revocations, 'session'),
    users: revocations.flatMap((found) => (found.kind === 'user' ? [{ id: found.id, epoch: found.epoch }] : [])),
    keys: idsOf(revocations, 'key'),
  };
}

function idsOf(revocations: Revocation[], kind: Revocation['kind']): string[] {
  return revocations.filter((found) => found.kind === kind).map(({ id }) => id);
}
