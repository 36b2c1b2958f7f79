import type { Identity } from '../../users/identity.schema.js';
import type { Merged } from './merge.service.js';

/** What moves to the survivor, and what is lost. */
export function mergeView({ survivor, other, plan, dryRun }: Merged): Record<string, unknown> {
  return {
    user_id: survivor.toHexString(),
    previous_id: other.toHexString(),
    dry_run: dryRun,
    moves: {
      identities: plan.movedIdentities.map(identityView),
      api_keys: plan.keys.map(({ _id, name, newName }) => ({ _id: _id.toHexString(), name, new_name: newName })),
      custom_data: plan.movedFields,
    },
    loses: { identities: plan.lostIdentities.map(identityView), custom_data: plan.lostFields },
  };
}

function identityView({ id, provider, data }: Identity): Record<string, unknown> {
  const { email } = data;
  return { id, provider_type: provider, ...(email === undefined ? {} : { email }) };
}
