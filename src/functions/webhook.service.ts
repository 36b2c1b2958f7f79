import { createHmac } from 'node:crypto';
import { Injectable } from '@nestjs/common';
// See extended-json.ts.
import { BSON } from 'mongodb';
import type { App } from '../apps/app.model.js';
import { Clock } from '../common/clock.js';
import { parseExtendedJson } from '../http/extended-json.js';
import { Outbound, type OutboundAnswer } from '../outbound/outbound.js';
import { OutboundFailed } from '../outbound/outbound.errors.js';
import { SecretsService } from '../secrets/secrets.service.js';
import { FunctionFailed, FunctionMissing, FunctionRefused } from './functions.errors.js';

export interface Webhook {
  name: string;
  url: string;
  /** Name of the secret that signs. */
  secret: string | undefined;
}

const MAX_BYTES = 64 * 1_024;
const MAX_TEXT = 256;
/** With these a webhook says no; any other failure is one. */
const REFUSALS = new Set([400, 401, 403, 422]);

/** What `Latchkey-Signature` holds: HMAC-SHA-256 in hexadecimal digits. */
export function signatureOf(secret: string, timestamp: string, body: string): string {
  return createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
}

/** Calls the webhook of a function: once, signed, with a time limit. */
@Injectable()
export class WebhookService {
  constructor(
    private readonly outbound: Outbound,
    private readonly secrets: SecretsService,
    private readonly clock: Clock,
  ) {}

  /** @throws FunctionMissing */
  async getSecret(app: App, name: string | undefined): Promise<string> {
    const secret = name === undefined ? null : await this.secrets.findValue(app, name);
    if (secret === null) throw new FunctionMissing('its webhook has no secret to sign with');
    return secret;
  }

  /** @throws FunctionMissing, FunctionRefused, FunctionFailed */
  async call(
    app: App,
    { name, url, secret: secretName }: Webhook,
    args: readonly unknown[],
    timeoutMs: number,
  ): Promise<unknown> {
    const secret = await this.getSecret(app, secretName);
    const body = BSON.EJSON.stringify({ app: app.clientAppId, function: name, arguments: args }, { relaxed: false });
    if (Buffer.byteLength(body) > MAX_BYTES) throw new FunctionRefused('the arguments are too long');
    const timestamp = String(Math.floor(this.clock.now().getTime() / 1_000));
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json',
      'latchkey-timestamp': timestamp,
      'latchkey-signature': signatureOf(secret, timestamp, body),
    };
    const limits = { timeoutMs, maxBytes: MAX_BYTES };
    try {
      return read(await this.outbound.request(url, { method: 'POST', headers, body, ...limits }));
    } catch (error) {
      throw error instanceof OutboundFailed ? new FunctionFailed(error.reason, { cause: error }) : error;
    }
  }
}

function read({ status, body }: OutboundAnswer): unknown {
  if (REFUSALS.has(status)) throw new FunctionRefused(refusalIn(body));
  if (status < 200 || status > 299) throw new FunctionFailed(`it answered with status ${status}`);
  return parsed(body);
}

/** Its own words, where it has some: `{"error": "…"}`. */
function refusalIn(body: Buffer): string | undefined {
  try {
    const answer = parsed(body);
    const text = typeof answer === 'object' && answer !== null && 'error' in answer ? answer.error : undefined;
    return typeof text === 'string' && text !== '' ? text.slice(0, MAX_TEXT) : undefined;
  } catch {
    return undefined;
  }
}

function parsed(body: Buffer): unknown {
  try {
    return parseExtendedJson(body);
  } catch (error) {
    throw new FunctionFailed('its answer is no JSON', { cause: error });
  }
}
