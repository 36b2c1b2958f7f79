import { randomBytes } from 'node:crypto';
import { ObjectId } from 'mongodb';
import { sha256 } from '../../crypto/tokens.js';

/** What a mail carries and a client sends back. Only the hash of the token is stored. */
export interface TokenPair {
  /** 128 hex characters. */
  token: string;
  /** 24 hex characters. */
  tokenId: string;
}

/** As it is stored. */
export interface StoredPair {
  tokenId: ObjectId;
  tokenHash: Buffer;
  tokenExpiresAt: Date;
}

const TOKEN_BYTES = 64;
const TOKEN_LIVES_MS = 30 * 60_000;

/** @param livesMs half an hour, unless said otherwise */
export function makePair(now: Date, livesMs = TOKEN_LIVES_MS): { pair: TokenPair; stored: StoredPair } {
  const token = randomBytes(TOKEN_BYTES).toString('hex');
  const tokenId = new ObjectId();
  const tokenExpiresAt = new Date(now.getTime() + livesMs);
  return {
    pair: { token, tokenId: tokenId.toHexString() },
    stored: { tokenId, tokenHash: sha256(token), tokenExpiresAt },
  };
}

/** Finds the one that it is, unless it is too old. */
export function pairFilter({ token, tokenId }: TokenPair, now: Date) {
  return {
    tokenId: ObjectId.createFromHexString(tokenId),
    tokenHash: sha256(token.toLowerCase()),
    tokenExpiresAt: { $gt: now },
  };
}
