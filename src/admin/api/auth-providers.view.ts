import type { ProviderConfig } from '../../providers/provider-config.model.js';

/** Without config: what lists and creates answer. */
export function providerSummaryView({ _id, name, type, disabled }: ProviderConfig): Record<string, unknown> {
  return { _id: _id.toHexString(), name, type, disabled };
}

/** With everything as it was saved. */
export function providerView(config: ProviderConfig): Record<string, unknown> {
  return { ...providerSummaryView(config), ...config.settings };
}
