import type { VerifiedIdentity } from '../../identities/verified-identity.js';

/** What one login by redirect is known by, to us, the browser and the identity provider. New each time. */
export interface Trip {
  /** Our own, not the app's. */
  state: string;
  nonce: string;
  /** PKCE (RFC 7636). */
  codeVerifier: string;
  /** Where the identity provider sends the browser back to. */
  callbackUrl: string;
}

/** A way to log in by sending the browser to an identity provider. State, browser and redirect list are not its business. */
export abstract class RedirectFlow {
  /** @returns the page of the identity provider */
  abstract start(trip: Trip): Promise<string>;

  /**
   * @param answer what the identity provider sent back, no error among it
   * @throws ExternalLoginRefused, OutboundFailed
   */
  abstract finish(answer: URLSearchParams, trip: Trip): Promise<VerifiedIdentity>;
}
