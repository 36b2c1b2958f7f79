import { BlockList, isIP } from 'node:net';
import type { ObjectId } from 'mongodb';
import { normaliseAddress } from '../common/address.js';
import { parseRange } from '../common/client-address.js';
import { InvalidParameter } from '../errors/errors.js';
import type { App } from './app.model.js';

/** One entry of an app's IP access list. */
export interface AccessEntry {
  _id: ObjectId;
  /** An address or CIDR range, as the administrator wrote it. */
  address: string;
  comment?: string;
}

/** What new apps have, and what the original's tools mean by "everybody": IPv6 clients are let in by it too. */
export const ANYWHERE = '0.0.0.0/0';

const lists = new WeakMap<App, BlockList>();

/** True where the app's list holds the address that a client request comes from. An empty list holds nobody. */
export function allowsAddress(app: App, ip: () => string): boolean {
  if (app.accessList.some(({ address }) => address === ANYWHERE)) return true;
  const address = normaliseAddress(ip());
  if (address === undefined) return false;
  const known = lists.get(app) ?? listOf(app);
  lists.set(app, known);
  return known.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** @throws InvalidParameter for what is neither an address nor a range */
export function checkRange(address: string): void {
  if (!parseRange(address)) {
    throw new InvalidParameter(`'address' must be an IP address or a CIDR range, got '${address.slice(0, 64)}'`);
  }
}

/** Whether the range of an entry holds the address. */
export function holds(range: string, ip: string): boolean {
  const list = new BlockList();
  addTo(list, range);
  const address = normaliseAddress(ip);
  return address !== undefined && list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

function listOf(app: App): BlockList {
  const list = new BlockList();
  for (const { address } of app.accessList) addTo(list, address);
  return list;
}

function addTo(list: BlockList, range: string): void {
  const parsed = parseRange(range);
  if (!parsed) return;
  list.addSubnet(parsed.address, parsed.prefix, parsed.version === 4 ? 'ipv4' : 'ipv6');
}
