import { createLocalJWKSet, jwtVerify, type JWTPayload, type ProtectedHeaderParameters } from 'jose';
import { ServerKeysService } from '../../src/accounts/server-keys.service.js';
import type { App } from '../../src/apps/app.model.js';
import type { Answer, ApiClient, RequestOptions } from './client.js';
import type { TestServer } from './create-test-server.js';

export const SESSION_REVOKED = 'https://schemas.openid.net/secevent/caep/event-type/session-revoked';
export const VERIFICATION = 'https://schemas.openid.net/secevent/ssf/event-type/verification';
export const STREAM_UPDATED = 'https://schemas.openid.net/secevent/ssf/event-type/stream-updated';
export const PUSH = 'urn:ietf:rfc:8935';
export const POLL = 'urn:ietf:rfc:8936';

export interface Verified {
  claims: JWTPayload;
  header: ProtectedHeaderParameters & { typ?: string };
  /** The one event: its type and what it says. */
  type: string;
  event: Record<string, unknown>;
}

/** A system that gets Shared Signals: it knows the app's address and a server key, and verifies what it gets by the JWKS. */
export class Receiver {
  private constructor(
    readonly client: ApiClient,
    readonly keyId: string,
    readonly key: string,
  ) {}

  static async make(server: TestServer, app: App, name = 'receiver'): Promise<Receiver> {
    const { record, key } = await server.get(ServerKeysService).create(app, name);
    return new Receiver(server.client(app), record._id.toHexString(), key);
  }

  get bearer(): string {
    return `Bearer ${this.key}`;
  }

  call(method: string, path: string, body?: unknown, options: RequestOptions = {}): Promise<Answer> {
    const address = `${this.client.appPath}/ssf/${path}`;
    return this.client.request(method, address, {
      ...(body === undefined ? {} : { body }),
      authorization: this.bearer,
      ...options,
    });
  }

  /** @returns the id of a new stream */
  async open(wanted: object = {}): Promise<string> {
    const { status, body, text } = await this.call('POST', 'streams', {
      events_requested: [SESSION_REVOKED],
      ...wanted,
    });
    if (status !== 201) throw new Error(`stream: ${status} ${text}`);
    return String(body['stream_id']);
  }

  async poll(stream: string, request: object = {}): Promise<Record<string, string>> {
    const { status, body, text } = await this.call('POST', `poll/${stream}`, { returnImmediately: true, ...request });
    if (status !== 200) throw new Error(`poll: ${status} ${text}`);
    return body['sets'] as Record<string, string>;
  }

  /** As a receiver does it: signature by the published keys, type, issuer and audience. */
  async verify(set: string): Promise<Verified> {
    const { text } = await this.client.request('GET', `${this.client.appPath}/.well-known/jwks.json`);
    const metadata = await this.client.request('GET', `${this.client.appPath}/.well-known/ssf-configuration`);
    const { payload, protectedHeader } = await jwtVerify(set, createLocalJWKSet(JSON.parse(text) as never), {
      typ: 'secevent+jwt',
      issuer: String(metadata.body['issuer']),
      audience: this.keyId,
    });
    const [[type, event]] = Object.entries(payload['events'] as object) as [[string, Record<string, unknown>]];
    return { claims: payload, header: protectedHeader, type, event };
  }
}
