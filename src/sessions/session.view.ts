import type { LiveSession } from './live-session.js';

/** What opening a session gives, before it becomes JSON. */
export interface OpenedSession {
  userId: string;
  deviceId: string;
  accessToken: string;
  refreshToken: string;
}

export interface Refreshed {
  accessToken: string;
  /** Only where it takes the place of the one that came. */
  refreshToken?: string;
}

/** Body of a login answer (client-api.md section 5). */
export function loginView({ userId, deviceId, accessToken, refreshToken }: OpenedSession): Record<string, string> {
  return { user_id: userId, device_id: deviceId, access_token: accessToken, refresh_token: refreshToken };
}

/** Body of a link answer (section 6): the session goes on, so there is no refresh token in it. */
export function linkView({
  userId,
  deviceId,
  accessToken,
}: Omit<OpenedSession, 'refreshToken'>): Record<string, string> {
  return { user_id: userId, device_id: deviceId, access_token: accessToken };
}

/** Section 7. SDKs take no other refresh token; clients of an app where they rotate must. */
export function refreshView({ accessToken, refreshToken }: Refreshed): Record<string, string> {
  return { access_token: accessToken, ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }) };
}

/** Section 9. `type`, `identities` and `data` must be there, empty or not. */
export function profileView({ user }: LiveSession, domainId: string): Record<string, unknown> {
  return {
    user_id: user.id,
    domain_id: domainId,
    type: user.type,
    identities: user.identities.map(({ id, provider, providerId }) => ({
      id,
      provider_type: provider,
      provider_id: providerId,
    })),
    data: user.data,
  };
}
