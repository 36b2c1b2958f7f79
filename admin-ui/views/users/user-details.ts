import type { EventRow } from '../../components/events.js';
import type { Frame } from '../../frame.js';
import type { UserRow } from './list.js';

export interface UserDetails extends UserRow {
  revokedAt: Date | undefined;
  data: Record<string, string>;
  identities: { id: string; provider: string; createdAt: Date; data: Record<string, string> }[];
  sessions: {
    id: string;
    provider: string;
    ip: string;
    device: string;
    userAgent: string;
    createdAt: Date;
    lastUsedAt: Date;
  }[];
  keys: { id: string; name: string; disabled: boolean; createdAt: Date }[];
  customData: { text: string; version: number };
  /** The newest entries of the audit trail about this user. */
  events: EventRow[];
  /** There is an address with a password. */
  hasPassword: boolean;
  /** Names of providers whose identities can be linked. */
  linkable: string[];
}

/** What of the forms was not accepted, and what was typed into them. */
export interface Refused {
  problems?: Partial<Record<'customData' | 'password' | 'email' | 'link' | 'merge', string>>;
  typed?: Partial<Record<'email' | 'provider' | 'subject' | 'other', string>>;
  /** The page of the user whose identity it is. */
  owner?: string;
}

export interface UserPageProps extends Refused {
  frame: Frame;
  user: UserDetails;
}
