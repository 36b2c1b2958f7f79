import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { clientAddress, TrustedProxies } from '../common/client-address.js';
import { Config } from '../config/config.js';

/** Whose request it is, behind whatever proxies the operator trusts. */
@Injectable()
export class ClientAddress {
  readonly #proxies: TrustedProxies;

  constructor(config: Config) {
    this.#proxies = new TrustedProxies(config.trustedProxies);
  }

  of(request: FastifyRequest): string {
    return clientAddress(request.socket.remoteAddress, request.headers['x-forwarded-for'], this.#proxies);
  }
}
