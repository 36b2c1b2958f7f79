import { Injectable } from '@nestjs/common';
import { ObjectId } from 'mongodb';
import { z } from 'zod';
import type { App } from '../../apps/app.model.js';
import type { VerifiedIdentity } from '../../identities/verified-identity.js';
import { AuthProvider, CredentialsStrategy, type Strategies } from '../auth-provider.js';
import type { Trial } from '../trial.js';
import { anonUserSettings, DEFAULT_EXPIRY_DAYS, type AnonUserSettings } from './anon-user.settings.js';

/** Log in without credentials: every login makes a new user, who can be given a real identity later by linking one. */
@Injectable()
export class AnonUserProvider extends AuthProvider<AnonUserSettings> {
  readonly type = 'anon-user';
  readonly settingsSchema = anonUserSettings;
  readonly credentialsSchema = z.looseObject({});

  override createStrategies(): Strategies<unknown> {
    return { credentials: new AnonUserStrategy() };
  }

  override async tryOut(_app: App, { config }: AnonUserSettings): Promise<Trial[]> {
    const days = config?.expireAfterInactiveDays ?? DEFAULT_EXPIRY_DAYS;
    return [{ what: 'end of users', note: days === 0 ? 'never' : `after ${days} days without use` }];
  }
}

class AnonUserStrategy extends CredentialsStrategy<unknown> {
  override async verify(): Promise<VerifiedIdentity> {
    return { subject: new ObjectId().toHexString(), data: {}, isNew: true };
  }
}
