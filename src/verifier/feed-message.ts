import { compactVerify, decodeProtectedHeader, flattenedVerify, type ProtectedHeaderParameters } from 'jose';
import type { KeySet, VerifyingKey } from './key-set.js';
import type { FeedBody, RevocationList } from './revocation-list.js';

const TYPE = 'latchkey-revocations';
/** What was signed longer ago, or later than now, is from another time, or the clocks are wrong. */
const MAX_CLOCK_DIFFERENCE_SECONDS = 60;

/** A part of the feed whose signature is good. */
export interface FeedMessage {
  after: bigint;
  seq: bigint;
  iat: number;
  body: FeedBody;
}

/** Opens what the feed sends: only what was signed just now, by a key of the app that is not given up, for this very app. */
export class FeedReader {
  constructor(
    private readonly issuer: string,
    private readonly keys: KeySet,
    private readonly revoked: RevocationList,
  ) {}

  /** @param jws an event of the stream */
  async readEvent(jws: string): Promise<FeedMessage> {
    const header = decodeProtectedHeader(jws);
    const { key, algorithm } = await this.#keyOf(header);
    const { payload } = await compactVerify(jws, key, { algorithms: [algorithm] });
    return this.#message(header, payload);
  }

  /** @param signature `header..signature` over the bytes of an answer */
  async readAnswer(bytes: Uint8Array, signature: string): Promise<FeedMessage> {
    const [protectedHeader = '', , tail = ''] = signature.split('.');
    const payload = Buffer.from(bytes).toString('base64url');
    const jws = { protected: protectedHeader, payload, signature: tail };
    const header = decodeProtectedHeader(jws);
    const { key, algorithm } = await this.#keyOf(header);
    await flattenedVerify(jws, key, { algorithms: [algorithm] });
    return this.#message(header, bytes);
  }

  async #keyOf({ kid, typ, iss }: ProtectedHeaderParameters): Promise<VerifyingKey> {
    if (typ !== TYPE || iss !== this.issuer) throw new Error('the feed is not the one of this app');
    const key = typeof kid === 'string' && !this.revoked.hasKey(kid) ? await this.keys.find(kid) : undefined;
    if (!key) throw new Error('the feed is signed by no key of this app');
    return key;
  }

  #message({ after, seq, iat }: ProtectedHeaderParameters, payload: Uint8Array): FeedMessage {
    const age = Date.now() / 1_000 - Number(iat);
    if (!(Math.abs(age) <= MAX_CLOCK_DIFFERENCE_SECONDS)) {
      throw new Error(`the feed was signed ${Math.round(age)} s ago by the clock of this machine`);
    }
    const body = JSON.parse(Buffer.from(payload).toString()) as FeedBody;
    return { after: BigInt(after as string), seq: BigInt(seq as string), iat: Number(iat), body };
  }
}
