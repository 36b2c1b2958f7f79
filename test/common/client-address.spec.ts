import { describe, expect, it } from '@jest/globals';
import { clientAddress, parseRange, TrustedProxies } from '../../src/common/client-address.js';

const nobody = new TrustedProxies([]);
const proxies = new TrustedProxies(['10.0.0.0/8', '::1', '2001:db8:ff::/48']);

describe('clientAddress', () => {
  it('believes no header without a trusted proxy (B53)', () => {
    expect(clientAddress('::ffff:9.9.9.9', '1.2.3.4', nobody)).toBe('9.9.9.9');
    expect(clientAddress('9.9.9.9', '1.2.3.4', proxies)).toBe('9.9.9.9');
  });

  it.each([
    ['1.2.3.4', '1.2.3.4'],
    ['1.2.3.4:55', '1.2.3.4'],
    ['[2001:db8::1]:443', '2001:db8::1'],
    ['::ffff:1.2.3.4', '1.2.3.4'],
    ['6.6.6.6, 1.2.3.4', '1.2.3.4'],
    ['6.6.6.6, 1.2.3.4, 10.2.2.2, 2001:db8:ff::7', '1.2.3.4'],
    ['10.3.3.3, 10.2.2.2', '10.3.3.3'],
    ['1.2.3.4, garbage', '10.1.1.1'],
    ['1.2.3.4, garbage, 10.2.2.2', '10.2.2.2'],
    ['', '10.1.1.1'],
    [',,,', '10.1.1.1'],
  ])('behind a trusted proxy that says %j it is %s (B53)', (header, client) => {
    expect(clientAddress('::ffff:10.1.1.1', header, proxies)).toBe(client);
  });

  it('takes the header given several times as one list', () => {
    expect(clientAddress('10.1.1.1', ['6.6.6.6', '1.2.3.4'], proxies)).toBe('1.2.3.4');
  });

  it('says so when the socket has gone', () => {
    expect(clientAddress(undefined, '1.2.3.4', proxies)).toBe('unknown');
  });
});

describe('parseRange', () => {
  it.each([
    ['10.0.0.1', { address: '10.0.0.1', prefix: 32, version: 4 }],
    ['2001:DB8::/32', { address: '2001:db8::', prefix: 32, version: 6 }],
    ['::ffff:10.0.0.0/104', { address: '10.0.0.0', prefix: 8, version: 4 }],
  ])('reads %s', (range, parsed) => {
    expect(parseRange(range)).toEqual(parsed);
  });

  it.each([
    '',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '::/129',
    '::ffff:10.0.0.0/8',
    'proxy.example.com',
    '1.2.3.4:80',
  ])('refuses %j', (range) => {
    expect(parseRange(range)).toBeUndefined();
  });
});
