import type { EventRow } from '../../../admin-ui/components/events.js';
import { deviceKind } from '../../mail/templates/device-kind.js';
import type { AuditEvent } from '../../audit/audit-event.model.js';

export function eventRow(event: AuditEvent): EventRow {
  const { _id, at, type, outcome, errorCode, actor, user, provider, details = {}, personal } = event;
  return {
    id: _id.toHexString(),
    at,
    type,
    errorCode,
    failed: outcome === 'failure',
    actor: { kind: actor.kind, id: actor.id, name: personal?.name },
    user,
    provider,
    ip: personal?.ip,
    userAgent: deviceKind(personal?.userAgent) ?? personal?.userAgent,
    details,
    erased: personal === undefined,
  };
}
