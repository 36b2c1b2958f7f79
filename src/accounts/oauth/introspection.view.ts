import type { App } from '../../apps/app.model.js';
import type { ActiveToken } from './token-status.service.js';

/** RFC 7662 §2.2. Of a token that is not active nothing else is said. */
export function introspectionView(app: App, issuer: string, found: ActiveToken | null): Record<string, unknown> {
  if (!found) return { active: false };
  const { live, claims } = found;
  const { email } = live.user.data;
  const common = {
    active: true,
    client_id: app.clientAppId,
    ...(email === undefined ? {} : { username: email }),
    sub: live.user.id,
    aud: app.clientAppId,
    iss: issuer,
    sid: live.id,
  };
  if (!claims) return { ...common, token_type: 'refresh_token', exp: Math.floor(live.expiresAt / 1_000) };
  const { iat, exp, jti } = claims;
  return { ...common, token_type: 'Bearer', iat, exp, jti };
}
