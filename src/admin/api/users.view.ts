import type { App } from '../../apps/app.model.js';
import type { BulkResult } from '../../accounts/bulk/bulk.service.js';
import { answerTo } from '../../errors/error-body.js';
import type { Session } from '../../sessions/session.model.js';
import type { User } from '../../users/user.model.js';
import { seconds } from './admin-account.view.js';

/** admin-api.md section 5: the detailed form everywhere, which every client takes. Times are Unix seconds, 0 is never. */
export function userView(app: App, user: User): Record<string, unknown> {
  return {
    _id: user._id.toHexString(),
    domain_id: app.domain.toHexString(),
    identities: user.identities.map(({ id, provider, providerId, data }) => ({
      id,
      provider_type: provider,
      provider_id: providerId.toHexString(),
      provider_data: data,
    })),
    data: user.data,
    custom_data: user.customData ?? {},
    type: user.type,
    disabled: user.disabled,
    roles: [],
    creation_date: seconds(user.createdAt),
    last_authentication_date: seconds(user.lastLoginAt),
    sessions_valid_since: seconds(user.revokedAt),
    ...(user.previousIds ? { previous_ids: user.previousIds.map((id) => id.toHexString()) } : {}),
  };
}

/** One per device that said what it is; empty strings where it did not say all. */
export function devicesView(sessions: readonly Session[]): Record<string, unknown>[] {
  const devices = new Map<string, Record<string, unknown>>();
  for (const { device, deviceInfo } of sessions) {
    const id = device.toHexString();
    if (devices.has(id) || Object.keys(deviceInfo).length === 0) continue;
    devices.set(id, {
      _id: id,
      platform: deviceInfo.platform ?? '',
      platform_version: deviceInfo.platformVersion ?? '',
      client_app_version: deviceInfo.appVersion ?? '',
      sdk_version: deviceInfo.sdkVersion ?? '',
    });
  }
  return [...devices.values()];
}

export function sessionView(session: Session): Record<string, unknown> {
  return {
    _id: session._id.toHexString(),
    created: seconds(session.createdAt),
    last_used: seconds(session.lastUsedAt),
    expires: seconds(session.expiresAt),
    provider_type: session.identity.provider,
    ip: session.ip,
    user_agent: session.userAgent ?? '',
    device: { _id: session.device.toHexString(), ...deviceNames(session) },
  };
}

export function bulkResultView({ id, error }: BulkResult): Record<string, unknown> {
  return error ? { _id: id, ok: false, ...answerTo(error).body } : { _id: id, ok: true };
}

function deviceNames({ deviceInfo }: Session): Record<string, string> {
  return { platform: deviceInfo.platform ?? '', platform_version: deviceInfo.platformVersion ?? '' };
}
