import { isIP, SocketAddress } from 'node:net';

/** What an IPv4 address looks like when a socket or a proxy writes it as IPv6 (RFC 4291 §2.5.5.2). */
const MAPPED_IPV4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/;

/** No address is longer, zone and port included; what is, is not looked at. */
const LONGEST = 100;

/**
 * The one spelling of an IP address: IPv6 in lower case and compressed, mapped IPv4 as IPv4, without brackets, port or
 * zone. Proxies write all of `1.2.3.4:55`, `[2001:db8::1]:443`, `::ffff:1.2.3.4` and `"[2001:db8::1]"`.
 *
 * @returns undefined where there is no address in it
 */
export function normaliseAddress(text: string | undefined): string | undefined {
  if (text === undefined || text.length > LONGEST) return undefined;
  const bare = withoutPort(text.trim().replace(/^"(.*)"$/, '$1')).replace(/%.*$/, '');
  const version = isIP(bare);
  if (version === 4) return bare;
  if (version === 0) return undefined;
  const canonical = new SocketAddress({ address: bare, family: 'ipv6' }).address;
  return MAPPED_IPV4.exec(canonical)?.[1] ?? canonical;
}

/**
 * What limits count by. Whoever has one IPv6 address has the 2^64 around it too, so they count as one: `2001:db8:1:2::/64`.
 *
 * @param address as `normaliseAddress` returns it; anything else is a bucket of its own
 */
export function addressBucket(address: string): string {
  if (isIP(address) !== 6) return address;
  const hextets = expand(address).slice(0, 4);
  while (hextets.at(-1) === '0') hextets.pop();
  return `${hextets.join(':')}::/64`;
}

/** The network that an address is in, for people to recognise: `203.0.113.0/24`, `2001:db8:1::/48`. */
export function networkOf(address: string): string | undefined {
  const version = isIP(address);
  if (version === 4) return `${address.split('.').slice(0, 3).join('.')}.0/24`;
  if (version === 0) return undefined;
  const hextets = expand(address).slice(0, 3);
  while (hextets.at(-1) === '0') hextets.pop();
  return `${hextets.join(':')}::/48`;
}

/** `localhost`, 127.0.0.0/8 and ::1, as a name, an address, or the host of a URL. */
export function isLoopbackHost(host: string): boolean {
  const name = host.toLowerCase();
  if (name === 'localhost' || name.endsWith('.localhost')) return true;
  const address = normaliseAddress(name);
  return address !== undefined && (address === '::1' || address.startsWith('127.'));
}

function withoutPort(text: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d*)?$/.exec(text);
  if (bracketed?.[1] !== undefined) return bracketed[1];
  return text.replace(/^([\d.]+):\d*$/, '$1');
}

/** Eight groups of hexadecimal digits without leading zeros, from the canonical spelling. */
function expand(address: string): string[] {
  const [head = '', tail = ''] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  if (!address.includes('::')) return left;
  const right = tail === '' ? [] : tail.split(':');
  return [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right];
}
