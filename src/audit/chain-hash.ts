import type { MasterKey } from '../crypto/sealing.js';
import type { AuditChain } from './audit-chain.model.js';
import type { AuditEvent, Personal } from './audit-event.model.js';

/** What the hashes of the trail are over. A new field goes to the end, and only where an entry has it. */

export function personalHash(key: MasterKey, { salt, name, ip, userAgent }: Personal): string {
  return key.auditHash(JSON.stringify(['personal', salt, name ?? null, ip ?? null, userAgent ?? null]));
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
