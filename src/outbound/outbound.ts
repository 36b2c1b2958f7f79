import { lookup as resolve, type LookupAddress, type LookupOptions } from 'node:dns';
import { request as requestByHttp, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as requestByHttps } from 'node:https';
import { isIP, type BlockList } from 'node:net';
import { Injectable } from '@nestjs/common';
import { isLoopbackHost } from '../common/address.js';
import { Config } from '../config/config.js';
import { isIn, isInternal, rangesOf } from './internal-addresses.js';
import { AddressNotPublic, OutboundFailed } from './outbound.errors.js';

export interface OutboundRequest {
  method?: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: string;
  /** From the look-up of the name to the last byte. */
  timeoutMs?: number;
  /** Of the answer's body. */
  maxBytes?: number;
}

export interface OutboundAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

const TIMEOUT_MS = 3_000;
const MAX_BYTES = 256 * 1_024;
const MAX_HEADER_BYTES = 16 * 1_024;

/**
 * Every call to an address that people configure: key sets, webhooks, identity providers. By https (http to this machine
 * only), to no internal address, whatever the name resolves to at the moment of connecting, and to nowhere else: a
 * redirect is an answer like any other. Bounded in time and size.
 */
@Injectable()
export class Outbound {
  readonly #allowed: BlockList;
  readonly #loopbackAllowed: boolean;

  constructor(config: Config) {
    this.#allowed = rangesOf(config.internalTargets);
    this.#loopbackAllowed = !config.production;
  }

  /**
   * @returns the answer, whatever its status
   * @throws OutboundFailed
   */
  async request(url: string, wanted: OutboundRequest = {}): Promise<OutboundAnswer> {
    const { maxBytes = MAX_BYTES } = wanted;
    return this.#send(url, wanted, async (answer) => {
      return { status: statusIn(answer), headers: answer.headers, body: await readBody(answer, maxBytes) };
    });
  }

  /** Whether a page is there: what stands on it is not read. @throws OutboundFailed */
  async statusOf(url: string): Promise<number> {
    return this.#send(url, {}, async (answer) => statusIn(answer));
  }

  async #send<T>(url: string, wanted: OutboundRequest, read: (answer: IncomingMessage) => Promise<T>): Promise<T> {
    const target = this.#checked(url);
    const { method = 'GET', headers = {}, body, timeoutMs = TIMEOUT_MS } = wanted;
    const options = {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }) },
      agent: false as const,
      maxHeaderSize: MAX_HEADER_BYTES,
      signal: AbortSignal.timeout(timeoutMs),
      lookup: this.#lookup,
    };
    const request = (target.protocol === 'https:' ? requestByHttps : requestByHttp)(target, options);
    try {
      const answer = await new Promise<IncomingMessage>((answered, failed) => {
        request.on('response', answered);
        request.on('error', failed);
        request.end(body);
      });
      return await read(answer);
    } catch (error) {
      if (error instanceof OutboundFailed) throw error;
      if (options.signal.aborted) throw new OutboundFailed(`no answer within ${timeoutMs} ms`);
      throw new OutboundFailed(`no connection: ${wordsOf(error)}`, { cause: error });
    } finally {
      request.destroy();
    }
  }

  #checked(url: string): URL {
    if (!URL.canParse(url)) throw new OutboundFailed('the address is no URL');
    const target = new URL(url);
    const { protocol, hostname, username, password } = target;
    if (username !== '' || password !== '') throw new OutboundFailed('the address holds a user name or password');
    const isPlain = protocol === 'http:' && isLoopbackHost(hostname);
    if (protocol !== 'https:' && !isPlain) throw new OutboundFailed('the address must begin with https://');
    const host = hostname.replace(/^\[(.*)\]$/, '$1');
    // Sockets look up names only.
    if (isIP(host) !== 0) this.#check(host);
    return target;
  }

  #check(address: string): void {
    if (!isInternal(address) || isIn(this.#allowed, address)) return;
    if (this.#loopbackAllowed && isLoopbackHost(address)) return;
    throw new AddressNotPublic(address);
  }

  /** What sockets look names up with, so that what is checked is what is connected to. One internal address refuses all. */
  readonly #lookup = (
    name: string,
    options: LookupOptions,
    callback: (error: Error | null, address: string | LookupAddress[], family?: number) => void,
  ): void => {
    resolve(name, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '');
      try {
        for (const { address } of addresses) this.#check(address);
      } catch (refused) {
        return callback(refused as Error, '');
      }
      const [first] = addresses;
      if (options.all || !first) return callback(null, addresses);
      return callback(null, first.address, first.family);
    });
  };
}

function statusIn({ statusCode = 0 }: IncomingMessage): number {
  return statusCode;
}

async function readBody(answer: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) throw new OutboundFailed(`the answer is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** `ECONNREFUSED`, `CERT_HAS_EXPIRED`: codes say enough, and hold nothing of the request. */
function wordsOf(error: unknown): string {
  const { code, errors } = error as { code?: unknown; errors?: unknown[] };
  if (typeof code === 'string') return code;
  return errors?.[0] === undefined ? 'unknown reason' : wordsOf(errors[0]);
}
