import { createSecretKey, randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { ObjectId } from 'mongodb';
import { deviceId, deviceInfo } from '../../src/sessions/device.js';

const key = createSecretKey(randomBytes(32));

describe('device ids', () => {
  it('are recognised in every spelling that SDKs send', () => {
    const id = deviceId(undefined, key);
    for (const said of [id.toHexString(), id.toHexString().toUpperCase(), new ObjectId(id.toHexString())]) {
      expect(deviceId({ deviceId: said }, key).equals(id)).toBe(true);
    }
  });

  it('are replaced where nobody of this app gave them out', () => {
    const foreign = deviceId(undefined, createSecretKey(randomBytes(32)));
    for (const said of [foreign.toHexString(), '000000000000000000000000', 'x', 17, null, { $oid: 'x' }, ['a']]) {
      const given = deviceId({ deviceId: said }, key).toHexString();
      expect(given).toMatch(/^[0-9a-f]{24}$/);
      expect(given).not.toBe(said);
    }
  });
});

describe('device information', () => {
  it('keeps short strings it knows and nothing else', () => {
    expect(
      deviceInfo({ platform: 'node', platformVersion: 20, sdkVersion: 'x'.repeat(500), appVersion: '', evil: 'y' }),
    ).toEqual({ platform: 'node', sdkVersion: 'x'.repeat(128) });
    expect(deviceInfo('node')).toEqual({});
    expect(deviceInfo(null)).toEqual({});
  });
});
