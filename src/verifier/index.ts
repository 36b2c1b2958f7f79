/** What backends import to verify access tokens on their own, as `latchkey/verifier`. */
export { Verifier, type VerifierStatus } from './verifier.js';
export type { VerifierOptions } from './options.js';
export type { AccessClaims } from './claims.js';
export { VerifierError, type VerifierErrorCode } from './errors.js';
export { claimsOf, expressAuth, fastifyAuth } from './middleware.js';
