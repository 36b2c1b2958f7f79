import type { ProviderConfig } from '../../providers/provider-config.model.js';
import type { Trial } from '../../providers/trial.js';

/** Without config: what lists and creates answer. */
export function providerSummaryView({ _id, name, type, disabled }: ProviderConfig): Record<string, unknown> {
  return { _id: _id.toHexString(), name, type, disabled };
}

/** With everything as it was saved. */
export function providerView(config: ProviderConfig): Record<string, unknown> {
  return { ...providerSummaryView(config), ...config.settings };
}

export function trialsView(trials: readonly Trial[]): Record<string, unknown> {
  const checks = trials.map(({ what, problem, note }) => ({
    name: what,
    ok: problem === undefined,
    ...(problem === undefined ? {} : { error: problem }),
    ...(note === undefined ? {} : { note }),
  }));
  return { ok: checks.every(({ ok }) => ok), checks };
}
