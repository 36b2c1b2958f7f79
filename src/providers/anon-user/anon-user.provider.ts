import { Injectable } from '@nestjs/common';
import { ObjectId } from 'mongodb';
import { z } from 'zod';
import type { VerifiedIdentity } from '../../identities/verified-identity.js';
import { AuthProvider, CredentialsStrategy, type Strategies } from '../auth-provider.js';
import { anonUserSettings, type AnonUserSettings } from './anon-user.settings.js';

/** Log in without credentials: every login makes a new user, who can be given a real identity later by linking one. */
@Injectable()
export class AnonUserProvider extends AuthProvider<AnonUserSettings> {
  readonly type = 'anon-user';
  readonly settingsSchema = anonUserSettings;
  readonly credentialsSchema = z.looseObject({});

  override createStrategies(): Strategies<unknown> {
    return { credentials: new AnonUserStrategy() };
  }
}

class AnonUserStrategy extends CredentialsStrategy<unknown> {
  override async verify(): Promise<VerifiedIdentity> {
    return { subject: new ObjectId().toHexString(), data: {}, isNew: true };
  }
}
