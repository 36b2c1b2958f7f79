import { Injectable } from '@nestjs/common';
import { CompactSign } from 'jose';
import type { App } from '../apps/app.model.js';
import { Config } from '../config/config.js';
import { issuerOf } from '../signing-keys/issuer.js';
import { SigningKeysService } from '../signing-keys/signing-keys.service.js';
import type { SignalStream } from './signal-stream.model.js';
import type { Signal } from './signal.model.js';
import { audienceOf } from './streams.view.js';

/** RFC 8417 §2.3: told apart from access tokens, which the same key signs. */
const TYPE = 'secevent+jwt';

/** Security Event Tokens (RFC 8417) as OpenID Shared Signals has them (§11.1): `sub_id` in place of `sub`, no `exp`. */
@Injectable()
export class SetSigner {
  constructor(
    private readonly signingKeys: SigningKeysService,
    private readonly config: Config,
  ) {}

  async sign(app: App, stream: SignalStream, { jti, issuedAt, subject, type, payload }: Signal): Promise<string> {
    const key = await this.signingKeys.currentOf(app);
    const claims = {
      iss: issuerOf(this.config, app),
      jti,
      iat: Math.floor(issuedAt.getTime() / 1_000),
      aud: audienceOf(stream),
      sub_id: subject,
      events: { [type]: payload },
    };
    return new CompactSign(Buffer.from(JSON.stringify(claims)))
      .setProtectedHeader({ alg: key.algorithm, kid: key.kid, typ: TYPE })
      .sign(key.privateKey);
  }
}
