/** OpenID CAEP 1.0 §3.1 */
export const SESSION_REVOKED = 'https://schemas.openid.net/secevent/caep/event-type/session-revoked';
/** OpenID Shared Signals Framework 1.0 §8.1.4, §8.1.5: part of every stream, whatever was requested */
export const VERIFICATION = 'https://schemas.openid.net/secevent/ssf/event-type/verification';
export const STREAM_UPDATED = 'https://schemas.openid.net/secevent/ssf/event-type/stream-updated';

export const EVENTS_SUPPORTED = [SESSION_REVOKED] as const;

/** Delivery methods: RFC 8935 and RFC 8936, by the names that §6.1.4 of the framework gives them. */
export const PUSH = 'urn:ietf:rfc:8935';
export const POLL = 'urn:ietf:rfc:8936';
export type DeliveryMethod = typeof PUSH | typeof POLL;
