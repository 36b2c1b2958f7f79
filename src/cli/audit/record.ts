import { userInfo } from 'node:os';
import type { App } from '../../apps/app.model.js';
import type { NewAuditEvent } from '../../audit/event-types.js';
import type { Services } from '../services.js';

type What = Pick<NewAuditEvent, 'type' | 'user' | 'details'>;

/** What was done from the command line, in the trail of the app. It is written as the services are closed. */
export function recordInApp({ audit }: Pick<Services, 'audit'>, app: App, what: What): void {
  audit.record({ where: { app: app._id.toHexString() }, outcome: 'success', actor: operator(), ...what });
}

/** The same for what belongs to no app: in the trail of the default group, which is the command line's. */
export async function recordInGroup({ audit, groups }: Pick<Services, 'audit' | 'groups'>, what: What): Promise<void> {
  const group = (await groups.getDefaultId()).toHexString();
  audit.record({ where: { group }, outcome: 'success', actor: operator(), ...what });
}

function operator(): NewAuditEvent['actor'] {
  try {
    return { kind: 'command_line', name: userInfo().username };
  } catch {
    // A container may run under a number that has no name.
    return { kind: 'command_line' };
  }
}
