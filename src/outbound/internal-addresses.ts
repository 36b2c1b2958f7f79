import { BlockList, isIP } from 'node:net';
import { normaliseAddress } from '../common/address.js';
import { parseRange } from '../common/client-address.js';

/** What no public server has (IANA's registries of special-purpose addresses). */
const INTERNAL = rangesOf([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
  // Within 2000::/3: Teredo and other protocols, documentation, 6to4.
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
]);

/** Where all public IPv6 addresses are. */
const GLOBAL_UNICAST = rangesOf(['2000::/3']);

/** Addresses and CIDR ranges as one list. */
export function rangesOf(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const parsed = parseRange(range);
    if (!parsed) throw new RangeError(`not an address or range of addresses: ${range}`);
    list.addSubnet(parsed.address, parsed.prefix, parsed.version === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}

export function isIn(list: BlockList, address: string): boolean {
  return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** True for whatever may lead into a network of our own, however it is spelled. */
export function isInternal(address: string): boolean {
  const plain = normaliseAddress(address);
  if (plain === undefined || isIn(INTERNAL, plain)) return true;
  return isIP(plain) === 6 && !isIn(GLOBAL_UNICAST, plain);
}
