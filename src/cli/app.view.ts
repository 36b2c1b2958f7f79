import type { App } from '../apps/app.model.js';
import type { ProviderConfig } from '../providers/provider-config.model.js';

/** An app as `--json` prints it; the names are those of the Admin API where it has one. Nothing sealed is in it. */
export interface AppView {
  _id: string;
  client_app_id: string;
  name: string;
  domain_id: string;
  allowed_request_origins: string[];
  access_token_seconds: number;
  refresh_token_seconds: number;
  created: string;
  providers: { name: string; type: string; disabled: boolean }[];
}

export function appView(app: App, providers: readonly ProviderConfig[]): AppView {
  return {
    _id: app._id.toHexString(),
    client_app_id: app.clientAppId,
    name: app.name,
    domain_id: app.domain.toHexString(),
    allowed_request_origins: app.allowedOrigins,
    access_token_seconds: app.accessTokenSeconds,
    refresh_token_seconds: app.refreshTokenSeconds,
    created: app.createdAt.toISOString(),
    providers: providers.map(({ name, type, disabled }) => ({ name, type, disabled })),
  };
}
