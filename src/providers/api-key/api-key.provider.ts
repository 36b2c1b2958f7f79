import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { ObjectId } from 'mongodb';
import type { Model } from 'mongoose';
import { z } from 'zod';
import type { App } from '../../apps/app.model.js';
import { Clock } from '../../common/clock.js';
import { sha256 } from '../../crypto/tokens.js';
import { MAX_TIME_MS } from '../../database/database.js';
import { WriteBehind } from '../../database/write-behind.js';
import type { VerifiedIdentity } from '../../identities/verified-identity.js';
import { UsersService } from '../../users/users.service.js';
import { AuthProvider, CredentialsStrategy, type Attempt, type Strategies } from '../auth-provider.js';
import { AuthError } from '../providers.errors.js';
import type { Trial } from '../trial.js';
import { ApiKey } from './api-key.model.js';
import { ApiKeyRefusedForLink } from './api-keys.errors.js';

/** No key is longer; what is, is not even hashed. */
const MAX_KEY = 1_024;

const credentials = z.looseObject({ key: z.string().max(MAX_KEY) });
type Credentials = z.infer<typeof credentials>;

/** Log in as the user who made a key, or as the server that one was made for. */
@Injectable()
export class ApiKeyProvider extends AuthProvider<unknown, Credentials> {
  readonly type = 'api-key';
  readonly settingsSchema = z.looseObject({});
  readonly credentialsSchema = credentials;

  constructor(
    @InjectModel(ApiKey.name) private readonly keys: Model<ApiKey>,
    private readonly users: UsersService,
    private readonly writeBehind: WriteBehind,
    private readonly clock: Clock,
  ) {
    super();
  }

  override createStrategies(): Strategies<Credentials> {
    return { credentials: new ApiKeyStrategy((key, attempt) => this.#verify(key, attempt)) };
  }

  /** Whether anybody could: a key is shown to its owner only, so none can be tried. */
  override async tryOut(app: App): Promise<Trial[]> {
    const options = { projection: { _id: 1 }, maxTimeMS: MAX_TIME_MS };
    const found = await this.keys.collection.findOne({ app: app._id, disabled: false }, options);
    return [{ what: 'keys', ...(found ? {} : { note: 'there is none yet that is on' }) }];
  }

  async #verify(key: string, attempt: Attempt): Promise<VerifiedIdentity | undefined> {
    const { app } = attempt;
    const options = { maxTimeMS: MAX_TIME_MS };
    const found = await this.keys.collection.findOne({ keyHash: sha256(key), app: app._id }, options);
    if (!found) return undefined;
    const { _id, user, disabled } = found as unknown as ApiKey;
    attempt.userId = user.toHexString();
    if (disabled) return undefined;
    const owner = await this.users.find(app, user);
    if (!owner) return undefined;
    if (!attempt.link) this.#noteUse(_id);
    return { subject: _id.toHexString(), data: {}, owner, stillHolds: () => this.#isEnabled(app, _id) };
  }

  async #isEnabled(app: App, _id: ObjectId): Promise<boolean> {
    const options = { projection: { _id: 1 }, maxTimeMS: MAX_TIME_MS };
    return (await this.keys.collection.findOne({ _id, app: app._id, disabled: false }, options)) !== null;
  }

  #noteUse(_id: ObjectId): void {
    const write = { updateOne: { filter: { _id }, update: { $set: { lastUsedAt: this.clock.now() } } } };
    this.writeBehind.add(this.keys.collection, _id.toHexString(), write);
  }
}

class ApiKeyStrategy extends CredentialsStrategy<Credentials> {
  constructor(private readonly check: (key: string, attempt: Attempt) => Promise<VerifiedIdentity | undefined>) {
    super();
  }

  override async verify({ key }: Credentials, attempt: Attempt): Promise<VerifiedIdentity> {
    const verified = await this.check(key, attempt);
    if (verified) return verified;
    throw attempt.link ? new ApiKeyRefusedForLink() : new AuthError('unauthorized');
  }
}
