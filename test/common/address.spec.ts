import { describe, expect, it } from '@jest/globals';
import { addressBucket, isLoopbackHost, normaliseAddress } from '../../src/common/address.js';

describe('normaliseAddress', () => {
  it.each([
    ['1.2.3.4', '1.2.3.4'],
    ['1.2.3.4:55', '1.2.3.4'],
    [' 1.2.3.4 ', '1.2.3.4'],
    ['::ffff:1.2.3.4', '1.2.3.4'],
    ['::FFFF:0102:0304', '1.2.3.4'],
    ['[::ffff:1.2.3.4]:443', '1.2.3.4'],
    ['[2001:db8::1]:443', '2001:db8::1'],
    ['"[2001:db8::1]:443"', '2001:db8::1'],
    ['[2001:DB8:0:0::1]', '2001:db8::1'],
    ['2001:0db8:0000:0000:0000:0000:0000:0001', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
  ])('of %j is %s', (text, address) => {
    expect(normaliseAddress(text)).toBe(address);
  });

  it.each([
    '',
    'unknown',
    '_hidden',
    '1.2.3',
    '01.2.3.4',
    '1.2.3.4.5',
    '[1.2.3.4',
    '::1]',
    '1.2.3.4/8',
    'x'.repeat(1e6),
    '[]:1',
  ])('finds no address in %.20j', (text) => {
    expect(normaliseAddress(text)).toBeUndefined();
  });
});

describe('addressBucket', () => {
  it('is one for all addresses of a /64', () => {
    expect(addressBucket('2001:db8:1:2::1')).toBe('2001:db8:1:2::/64');
    expect(addressBucket('2001:db8:1:2:ffff:ffff:ffff:ffff')).toBe('2001:db8:1:2::/64');
    expect(addressBucket('2001:db8:1:3::1')).not.toBe('2001:db8:1:2::/64');
    expect(addressBucket('2001:db8::1')).toBe('2001:db8::/64');
    expect(addressBucket('::1')).toBe('::/64');
    expect(addressBucket('1::2:0:0:0:0')).toBe('1:0:0:2::/64');
  });

  it('is the address itself for IPv4', () => {
    expect(addressBucket('1.2.3.4')).toBe('1.2.3.4');
  });
});

it('isLoopbackHost knows what stays on this machine', () => {
  const loopback = [
    'localhost',
    'LOCALHOST',
    'app.localhost',
    '127.0.0.1',
    '127.9.9.9',
    '::1',
    '[::1]',
    '::ffff:127.0.0.1',
  ];
  const others = ['0.0.0.0', '::', '10.0.0.1', 'example.com', 'localhost.example.com', '127.example.com', '128.0.0.1'];
  expect(loopback.filter((host) => !isLoopbackHost(host))).toEqual([]);
  expect(others.filter(isLoopbackHost)).toEqual([]);
});
