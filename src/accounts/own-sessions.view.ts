import { networkOf } from '../common/address.js';
import type { Session } from '../sessions/session.model.js';

/** A session as its owner sees it. Times in Unix seconds. */
export function ownSessionView(
  session: Session,
  { current, place }: { current: boolean; place: string | undefined },
): Record<string, unknown> {
  const { deviceInfo } = session;
  const network = networkOf(session.ip);
  return {
    _id: session._id.toHexString(),
    current,
    created: seconds(session.createdAt),
    last_used: seconds(session.lastUsedAt),
    device: {
      _id: session.device.toHexString(),
      platform: deviceInfo.platform ?? '',
      platform_version: deviceInfo.platformVersion ?? '',
      user_agent: session.userAgent ?? '',
    },
    ...(network === undefined ? {} : { ip_network: network }),
    ...(place === undefined ? {} : { place }),
  };
}

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1_000);
}
