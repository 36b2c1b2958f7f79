import { parseExtendedJson } from '../http/extended-json.js';

const MAX_DEVICE_LENGTH = 4_096;

/** `device` of a login by GET: standard base64 of JSON. What cannot be read is no device, not an error. */
export function decodeDevice(device: unknown): unknown {
  if (typeof device !== 'string' || device.length > MAX_DEVICE_LENGTH) return undefined;
  try {
    return parseExtendedJson(Buffer.from(device, 'base64'));
  } catch {
    return undefined;
  }
}
