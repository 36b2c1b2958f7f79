import type { BulkJob } from '../../accounts/bulk/bulk-job.model.js';
import { seconds } from './admin-account.view.js';

/** `failures` are the first of those that `failed` counts; a list of jobs goes without. */
export function bulkJobView(job: BulkJob): Record<string, unknown> {
  const { _id, action, state, total, handled, failed, failures, by, createdAt, finishedAt } = job;
  return {
    _id: _id.toHexString(),
    action,
    state,
    total,
    handled,
    failed,
    ...((failures as unknown) === undefined
      ? {}
      : { failures: failures.map(({ id, code, message }) => ({ _id: id, error: message, error_code: code })) }),
    by: by.actor.name ?? by.actor.kind,
    created: seconds(createdAt),
    ...(finishedAt ? { finished: seconds(finishedAt) } : {}),
  };
}
