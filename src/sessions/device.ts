import { createHmac, randomBytes, timingSafeEqual, type KeyObject } from 'node:crypto';
import { ObjectId } from 'mongodb';

/** What an SDK says of the device it runs on (client-api.md section 4); each at most 128 characters. */
export interface DeviceInfo {
  platform?: string;
  platformVersion?: string;
  sdkVersion?: string;
  appId?: string;
  appVersion?: string;
}

const FIELDS = ['platform', 'platformVersion', 'sdkVersion', 'appId', 'appVersion'] as const;
const MAX_LENGTH = 128;
const MAX_USER_AGENT = 256;

const RANDOM_BYTES = 6;
const HEX_24 = /^[0-9a-f]{24}$/i;

/**
 * Makes and recognises device ids without a look-up: six random bytes, then six of their HMAC under a key of the app. An id
 * that another app or nobody gave out is not recognised, and its device gets a new one.
 *
 * @param device what the client sent as `options.device`
 */
export function deviceId(device: unknown, key: KeyObject): ObjectId {
  const said = typeof device === 'object' && device !== null && 'deviceId' in device ? device.deviceId : undefined;
  const claimed = hexOf(said);
  if (claimed !== undefined) {
    const bytes = Buffer.from(claimed, 'hex');
    if (timingSafeEqual(bytes.subarray(RANDOM_BYTES), mac(bytes.subarray(0, RANDOM_BYTES), key))) {
      return ObjectId.createFromHexString(claimed);
    }
  }
  const random = randomBytes(RANDOM_BYTES);
  return new ObjectId(Buffer.concat([random, mac(random, key)]));
}

/** Takes what is a short string from whatever a client sent as `options.device`; the rest is ignored. */
export function deviceInfo(device: unknown): DeviceInfo {
  const info: DeviceInfo = {};
  if (typeof device !== 'object' || device === null) return info;
  for (const field of FIELDS) {
    const value = (device as Record<string, unknown>)[field];
    if (typeof value === 'string' && value !== '') info[field] = value.slice(0, MAX_LENGTH);
  }
  return info;
}

export function shortUserAgent(userAgent: string): string {
  return userAgent.slice(0, MAX_USER_AGENT);
}

/** 24 hex digits, or an ObjectId as realm-web sends it from the second login on. */
function hexOf(said: unknown): string | undefined {
  if (said instanceof ObjectId) return said.toHexString();
  return typeof said === 'string' && HEX_24.test(said) ? said.toLowerCase() : undefined;
}

function mac(random: Buffer, key: KeyObject): Buffer {
  return createHmac('sha256', key)
    .update('latchkey device id')
    .update(random)
    .digest()
    .subarray(0, 12 - RANDOM_BYTES);
}
