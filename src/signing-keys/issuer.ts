import type { App } from '../apps/app.model.js';
import type { Config } from '../config/config.js';

/** `iss` of an app's access tokens: the app's own address, so that metadata is found from a token alone. */
export function issuerOf(config: Config, app: App): string {
  return `${config.publicUrl}/api/client/v2.0/app/${app.clientAppId}`;
}
