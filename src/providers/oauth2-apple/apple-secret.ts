import { createPrivateKey, type KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { SignJWT } from 'jose';
import type { App } from '../../apps/app.model.js';
import { Clock } from '../../common/clock.js';
import { Config } from '../../config/config.js';
import { ClientSecrets } from '../oauth2/client-secrets.js';
import { ExternalLoginRefused } from '../oauth2/oauth2.errors.js';
import type { AppleSettings } from './apple.settings.js';

const LIFE_SECONDS = 300;

/**
 * Apple's client secret is a token that the app's owner signs: made here with the private key for each use, or made
 * elsewhere, as the original wanted it, and good for half a year at most.
 *
 * https://developer.apple.com/documentation/accountorganizationaldatasharing/creating-a-client-secret
 */
@Injectable()
export class AppleSecret {
  constructor(
    private readonly secrets: ClientSecrets,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  /** @throws ExternalLoginRefused where neither is set, or the key is none */
  async of(app: App, { config, secret_config: names }: AppleSettings, clientId: string): Promise<string> {
    if (!names?.privateKey) return this.secrets.get(app, names?.clientSecret);
    const key = readKey(await this.secrets.get(app, names.privateKey));
    if (!key || !config?.teamId || !config.keyId) {
      throw new ExternalLoginRefused('the provider cannot sign: it needs a P-256 private key, teamId and keyId');
    }
    const now = Math.floor(this.clock.now().getTime() / 1_000);
    return new SignJWT({
      iss: config.teamId,
      sub: clientId,
      aud: this.config.appleIssuer,
      iat: now,
      exp: now + LIFE_SECONDS,
    })
      .setProtectedHeader({ alg: 'ES256', kid: config.keyId })
      .sign(key);
  }
}

function readKey(text: string): KeyObject | undefined {
  try {
    const key = createPrivateKey(text);
    return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? key : undefined;
  } catch {
    return undefined;
  }
}
