import { createHmac, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import {
  AuthError,
  AuthProvider,
  BadRequest,
  CredentialsStrategy,
  SecretsService,
  type App,
  type Attempt,
  type Strategies,
  type VerifiedIdentity,
} from 'latchkey';
import { z } from 'zod';

const settings = z.looseObject({
  secret_config: z.looseObject({ signingKey: z.string().min(1).meta({ title: 'Secret that signs badges' }) }),
});
type Settings = z.infer<typeof settings>;

const credentials = z.looseObject({ badge: z.string().max(128) });
type Credentials = z.infer<typeof credentials>;

const BADGE = /^(\d{1,10})\.([0-9a-f]{64})$/;

/** Log in with the code on a badge: its number and, in hexadecimal digits, the HMAC-SHA-256 of the number. */
@Injectable()
export class BadgeProvider extends AuthProvider<Settings, Credentials> {
  readonly type = 'badge';
  readonly settingsSchema = settings;
  readonly credentialsSchema = credentials;

  constructor(private readonly secrets: SecretsService) {
    super();
  }

  override createStrategies(app: App, { secret_config }: Settings): Strategies<Credentials> {
    return { credentials: new BadgeStrategy(() => this.secrets.findValue(app, secret_config.signingKey)) };
  }
}

/** Used for many logins at once: it holds nothing that belongs to one of them. */
class BadgeStrategy extends CredentialsStrategy<Credentials> {
  constructor(private readonly signingKey: () => Promise<string | null>) {
    super();
  }

  override async verify({ badge }: Credentials, { link }: Attempt): Promise<VerifiedIdentity> {
    const [, number, signature] = BADGE.exec(badge) ?? [];
    const key = await this.signingKey();
    if (number !== undefined && signature !== undefined && key !== null) {
      const expected = createHmac('sha256', key).update(number).digest();
      if (timingSafeEqual(expected, Buffer.from(signature, 'hex'))) {
        return { subject: number, data: { name: `Badge ${number}` } };
      }
    }
    // A 401 while linking would send SDKs into a loop of refreshing and trying again.
    throw link ? new BadRequest('invalid badge') : new AuthError('invalid badge');
  }
}
