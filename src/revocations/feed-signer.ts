import { Injectable } from '@nestjs/common';
import { CompactSign } from 'jose';
import type { App } from '../apps/app.model.js';
import { Clock } from '../common/clock.js';
import { Config } from '../config/config.js';
import { issuerOf } from '../signing-keys/issuer.js';
import { SigningKeysService, type ReadyKey } from '../signing-keys/signing-keys.service.js';

/** Told apart from access tokens, which the same key signs. */
const TYPE = 'latchkey-revocations';

/** What the signature says beside the bytes. */
export interface SignedFacts {
  after: string;
  seq: string;
  etag?: string;
}

export interface ReadySigner {
  app: App;
  key: ReadyKey;
  /** All keys whose tokens may be good. */
  kids: string[];
}

/** Signs answers of the feed as JWS (RFC 7515) with the app's key, so that nobody between can change or keep one back. */
@Injectable()
export class FeedSigner {
  constructor(
    private readonly signingKeys: SigningKeysService,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  /** What it takes to sign now, and once more when the app is gone. */
  async ready(app: App): Promise<ReadySigner> {
    const key = await this.signingKeys.currentOf(app);
    const { keys } = await this.signingKeys.publicKeysOf(app);
    return { app, key, kids: keys.map(({ kid }) => kid!) };
  }

  /** @returns a compact JWS */
  async sign({ app, key }: ReadySigner, bytes: Uint8Array, facts: SignedFacts): Promise<string> {
    const iat = this.clock.now().getTime() / 1_000;
    const header = { alg: key.algorithm, kid: key.kid, typ: TYPE, iss: issuerOf(this.config, app), iat, ...facts };
    return new CompactSign(bytes).setProtectedHeader(header).sign(key.privateKey);
  }

  /** @returns a JWS with its payload left out (RFC 7515 appendix F): the payload is the body */
  async signDetached(app: App, bytes: Uint8Array, facts: SignedFacts): Promise<string> {
    const [header, , signature] = (await this.sign(await this.ready(app), bytes, facts)).split('.');
    return `${header}..${signature}`;
  }
}
