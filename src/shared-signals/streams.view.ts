import { EVENTS_SUPPORTED, POLL, PUSH } from './event-types.js';
import type { SignalStream } from './signal-stream.model.js';

export const MIN_VERIFICATION_SECONDS = 30;

/** §8.1.1. What is sent along with pushes is never read back. */
export function streamView(stream: SignalStream, issuer: string): Record<string, unknown> {
  const { _id, method, endpointUrl, description, eventsRequested } = stream;
  const stream_id = _id.toHexString();
  return {
    stream_id,
    iss: issuer,
    aud: audienceOf(stream),
    events_supported: [...EVENTS_SUPPORTED],
    events_requested: eventsRequested,
    events_delivered: deliveredOf(stream),
    delivery: { method, endpoint_url: method === POLL ? `${issuer}/ssf/poll/${stream_id}` : endpointUrl },
    min_verification_interval: MIN_VERIFICATION_SECONDS,
    ...(description === undefined ? {} : { description }),
  };
}

export function statusView({ _id, status, reason }: SignalStream): Record<string, unknown> {
  return { stream_id: _id.toHexString(), status, ...(reason === undefined ? {} : { reason }) };
}

/** The `client_id` of the receiver, as at the OAuth endpoints. */
export function audienceOf({ receiver }: Pick<SignalStream, 'receiver'>): string {
  return receiver.toHexString();
}

export function deliveredOf({ eventsRequested }: Pick<SignalStream, 'eventsRequested'>): string[] {
  return EVENTS_SUPPORTED.filter((event) => eventsRequested.includes(event));
}

/** §7.1.1 of the framework. Nothing that does not exist. */
export function transmitterView(issuer: string): Record<string, unknown> {
  return {
    spec_version: '1_0',
    issuer,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    delivery_methods_supported: [PUSH, POLL],
    configuration_endpoint: `${issuer}/ssf/streams`,
    status_endpoint: `${issuer}/ssf/status`,
    verification_endpoint: `${issuer}/ssf/verify`,
    authorization_schemes: [{ spec_urn: 'urn:ietf:rfc:6750' }, { spec_urn: 'urn:ietf:rfc:7617' }],
    default_subjects: 'ALL',
  };
}
