import type { MasterKey } from '../crypto/sealing.js';
import { sha256Hex } from '../crypto/tokens.js';
import type { AuditChain } from './audit-chain.model.js';
import type { AuditEvent, Personal } from './audit-event.model.js';

/** What the hashes of the trail are over. A new field goes to the end, and only where an entry has it. */

/** Without a key: nobody guesses the salt, and the hash of the entry is over this one. */
export function personalHash(personal: Personal): string {
  return sha256Hex(personalContent(personal));
}

/** Of some entries `personalHash` was made with the key, until November 2026. */
export function isPersonalHash(key: MasterKey, personal: Personal, hash: string): boolean {
  return hash === personalHash(personal) || hash === key.auditHash(personalContent(personal));
}

function personalContent({ salt, name, ip, userAgent }: Personal): string {
  return JSON.stringify(['personal', salt, name ?? null, ip ?? null, userAgent ?? null]);
}

export function eventHash(key: MasterKey, event: Omit<AuditEvent, 'hash'>): string {
  const { actor, details = {} } = event;
  return key.auditHash(
    JSON.stringify([
      'event',
      event._id.toHexString(),
      event.chain.toHexString(),
      event.app?.toHexString() ?? null,
      event.seq,
      event.at.getTime(),
      event.type,
      event.outcome,
      event.errorCode ?? null,
      actor.kind,
      actor.id ?? null,
      event.user ?? null,
      event.identity ?? null,
      event.provider ?? null,
      Object.entries(details).toSorted(([a], [b]) => (a < b ? -1 : 1)),
      event.personalHash,
      event.previous,
    ]),
  );
}

export function chainSeal(key: MasterKey, chain: Omit<AuditChain, 'seal' | 'app'>): string {
  const { _id, seq, hash, first, firstPrevious } = chain;
  return key.auditHash(JSON.stringify(['chain', _id.toHexString(), seq, hash, first, firstPrevious]));
}
