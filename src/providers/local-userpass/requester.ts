import type { FastifyRequest } from 'fastify';
import type { ClientAddress } from '../../http/client-address.js';

/** Who asked for a mail, as far as the mail says so. */
export interface Requester {
  ip: string;
  userAgent?: string | undefined;
  acceptLanguage?: string | undefined;
}

export function requesterOf(request: FastifyRequest, addresses: ClientAddress): Requester {
  const { 'user-agent': userAgent, 'accept-language': acceptLanguage } = request.headers;
  return { ip: addresses.of(request), userAgent, acceptLanguage };
}
