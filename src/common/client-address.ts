import { BlockList, isIP } from 'node:net';
import { normaliseAddress } from './address.js';

/** More hops than this between a client and us is not a chain of proxies but an attempt to keep us busy. */
const MOST_HOPS = 32;

/** The proxies whose `X-Forwarded-For` counts: addresses and CIDR ranges from the settings. */
export class TrustedProxies {
  private readonly list = new BlockList();
  private readonly none: boolean;

  /** @param ranges `10.0.0.0/8`, `2001:db8::1`; each one that `parseRange` accepts */
  constructor(ranges: readonly string[]) {
    this.none = ranges.length === 0;
    for (const range of ranges) {
      const parsed = parseRange(range);
      if (!parsed) throw new RangeError(`not an address or range of addresses: ${range}`);
      this.list.addSubnet(parsed.address, parsed.prefix, parsed.version === 4 ? 'ipv4' : 'ipv6');
    }
  }

  /** @param address as `normaliseAddress` returns it */
  has(address: string): boolean {
    return !this.none && this.list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }
}

/** @returns undefined where it is neither an address nor `address/prefix` */
export function parseRange(range: string): { address: string; prefix: number; version: 4 | 6 } | undefined {
  const [first = '', length, ...rest] = range.trim().split('/');
  const address = normaliseAddress(first);
  if (address === undefined || isIP(first) === 0 || rest.length > 0) return undefined;
  const version = isIP(address) === 6 ? 6 : 4;
  const bits = version === 6 ? 128 : 32;
  if (length === undefined) return { address, prefix: bits, version };
  // A prefix written for ::ffff:10.0.0.0 counts the 96 bits in front of the IPv4 address.
  const prefix = /^\d{1,3}$/.test(length) ? Number(length) - (isIP(first) === 6 && version === 4 ? 96 : 0) : -1;
  return prefix >= 0 && prefix <= bits ? { address, prefix, version } : undefined;
}

/**
 * Who is at the other end. The socket says so, unless it is a trusted proxy: then the header is read from its end, and
 * the first address that is not a trusted proxy's is the client. What stands further left was written by the client
 * itself and means nothing; an entry that cannot be read ends the walk at the proxy that passed it on.
 *
 * @param socketAddress undefined once the socket has closed
 * @param forwardedFor the `X-Forwarded-For` header
 * @returns as `normaliseAddress` spells it; `unknown` where the socket has no address (any more)
 */
export function clientAddress(
  socketAddress: string | undefined,
  forwardedFor: string | string[] | undefined,
  proxies: TrustedProxies,
): string {
  let client = normaliseAddress(socketAddress);
  if (client === undefined) return 'unknown';
  if (forwardedFor === undefined || !proxies.has(client)) return client;
  const hops = String(forwardedFor).split(',').slice(-MOST_HOPS).reverse();
  for (const hop of hops) {
    const address = normaliseAddress(hop);
    if (address === undefined) return client;
    client = address;
    if (!proxies.has(client)) return client;
  }
  return client;
}
