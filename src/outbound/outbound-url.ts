import { isLoopbackHost } from '../common/address.js';

const LONGEST = 2_048;

/** What an address that administrators write down must be, before it is ever called. */
export const OUTBOUND_URL = 'an https URL (http to this machine only), without user name and password';

/** Whether it looks like one; where it leads is known when it is called. */
export function isOutboundUrl(url: string): boolean {
  if (!URL.canParse(url) || url.length > LONGEST) return false;
  const { protocol, hostname, username, password } = new URL(url);
  const isPlain = protocol === 'http:' && isLoopbackHost(hostname);
  return (protocol === 'https:' || isPlain) && username === '' && password === '';
}
