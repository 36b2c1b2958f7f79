import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { ObjectId, type ClientSession, type Document } from 'mongodb';
import type { Model } from 'mongoose';
import type { App } from '../../apps/app.model.js';
import { Clock } from '../../common/clock.js';
import { sha256 } from '../../crypto/tokens.js';
import { Database, isDuplicateKey, MAX_TIME_MS } from '../../database/database.js';
import { HookRegistry } from '../../hooks/hook.registry.js';
import { identityKey } from '../../identities/identities.service.js';
import { normaliseEmail } from '../../users/email.js';
import { UserNotFound } from '../../users/users.errors.js';
import { UsersService } from '../../users/users.service.js';
import { ProviderConfigsService } from '../provider-configs.service.js';
import {
  AutomaticallyConfirmed,
  RegistrationFailed,
  UserAlreadyConfirmed,
  UserpassTokenInvalid,
} from './local-userpass.errors.js';
import { confirmationOf, type LocalUserpassSettings } from './local-userpass.settings.js';
import { Registration } from './registration.model.js';
import { RegistrationsService } from './registrations.service.js';

/** What a confirmation mail carries. Only the hash of the token is stored. */
export interface TokenPair {
  /** 128 hex characters. */
  token: string;
  /** 24 hex characters. */
  tokenId: string;
}

const TOKEN_BYTES = 64;
const TOKEN_LIVES_MS = 30 * 60_000;
const EMAIL = 'local-userpass';

/** Turns a registration that waits into one that counts: by a token, or by an administrator's word. */
@Injectable()
export class ConfirmationsService {
  constructor(
    @InjectModel(Registration.name) private readonly registrations: Model<Registration>,
    private readonly service: RegistrationsService,
    private readonly configs: ProviderConfigsService,
    private readonly users: UsersService,
    private readonly database: Database,
    private readonly hooks: HookRegistry,
    private readonly clock: Clock,
  ) {}

  /** Works once. @throws UserpassTokenInvalid when it is used, too old or unknown */
  async confirmByToken(app: App, { token, tokenId }: TokenPair, ip: string): Promise<void> {
    const filter = {
      app: app._id,
      tokenId: ObjectId.createFromHexString(tokenId),
      tokenHash: sha256(token),
      tokenExpiresAt: { $gt: this.clock.now() },
    };
    const confirmed = await this.#confirm(app, filter);
    if (!confirmed) throw new UserpassTokenInvalid();
    const { identityId } = confirmed;
    await this.hooks.after('afterConfirmation', { clientAppId: app.clientAppId, provider: EMAIL, ip, identityId });
  }

  /** An administrator's word: the newest registration of the address counts. @throws UserNotFound, UserAlreadyConfirmed */
  async confirmByEmail(app: App, email: string): Promise<void> {
    const { _id } = await this.#getWaiting(app, email);
    if (!(await this.#confirm(app, { _id, app: app._id }))) throw new UserAlreadyConfirmed();
  }

  /** A new token for the newest registration of the address; an earlier one is void. @throws UserNotFound, UserAlreadyConfirmed */
  async issueToken(app: App, email: string): Promise<TokenPair> {
    const { _id } = await this.#getWaiting(app, email);
    const token = randomBytes(TOKEN_BYTES).toString('hex');
    const tokenId = new ObjectId();
    const tokenExpiresAt = new Date(this.clock.now().getTime() + TOKEN_LIVES_MS);
    const filter = { _id, app: app._id, confirmedAt: { $exists: false } };
    const update = { $set: { tokenId, tokenHash: sha256(token), tokenExpiresAt } };
    const { matchedCount } = await this.registrations.collection.updateOne(filter, update, { maxTimeMS: MAX_TIME_MS });
    if (matchedCount === 0) throw new UserAlreadyConfirmed();
    return { token, tokenId: tokenId.toHexString() };
  }

  /**
   * Runs the app's way of confirming again.
   *
   * @throws UserNotFound, UserAlreadyConfirmed, AuthProviderNotFound, AutomaticallyConfirmed, RegistrationFailed
   */
  async runAgain(app: App, email: string): Promise<TokenPair> {
    const { config } = await this.configs.getActive(app, EMAIL);
    const confirmation = confirmationOf(config.settings as LocalUserpassSettings);
    const { email: typed } = await this.#getWaiting(app, email);
    if (confirmation === 'automatic') throw new AutomaticallyConfirmed(typed);
    if (confirmation === 'function') throw new RegistrationFailed(typed);
    return this.issueToken(app, email);
  }

  /** Those that have no user yet, oldest first. */
  async listPending(
    app: App,
    { after, limit }: { after?: ObjectId | undefined; limit: number },
  ): Promise<Registration[]> {
    const filter = {
      app: app._id,
      ...(after ? { _id: { $gt: after } } : {}),
      $or: [{ removeAt: { $exists: false } }, { removeAt: { $gt: this.clock.now() } }],
    };
    const options = { sort: { _id: 1 }, limit, maxTimeMS: MAX_TIME_MS, hint: 'app_1__id_1' } as const;
    return (await this.registrations.collection.find(filter, options).toArray()) as unknown as Registration[];
  }

  /** All of the address. @throws UserNotFound */
  async deleteByEmail(app: App, email: string): Promise<void> {
    await this.#delete({ app: app._id, emailKey: normaliseEmail(email) });
  }

  /** @throws UserNotFound */
  async deleteById(app: App, id: ObjectId): Promise<void> {
    await this.#delete({ app: app._id, _id: id });
  }

  /** One step: it is confirmed, its token is spent, and the others of its address are void. */
  async #confirm(app: App, filter: Document): Promise<Registration | null> {
    try {
      return await this.database.transaction((transaction) => this.#confirmIn(app, filter, transaction));
    } catch (error) {
      // Another registration of the address was confirmed at the same time.
      if (isDuplicateKey(error)) return null;
      throw error;
    }
  }

  async #confirmIn(app: App, filter: Document, transaction: ClientSession): Promise<Registration | null> {
    const confirmed = await this.registrations.collection.findOneAndUpdate(
      { ...filter, confirmedAt: { $exists: false } },
      {
        $set: { confirmedAt: this.clock.now() },
        $unset: { tokenId: 1, tokenHash: 1, tokenExpiresAt: 1, removeAt: 1 },
      },
      { session: transaction, returnDocument: 'after' },
    );
    if (!confirmed) return null;
    const registration = confirmed as unknown as Registration;
    const { _id, emailKey } = registration;
    const others = { app: app._id, emailKey, _id: { $ne: _id } };
    await this.registrations.collection.deleteMany(others, { session: transaction });
    return registration;
  }

  /** The newest that waits. */
  async #getWaiting(app: App, email: string): Promise<Registration> {
    const emailKey = normaliseEmail(email);
    const newest = await this.service.find(app, emailKey);
    if (newest?.confirmedAt) throw new UserAlreadyConfirmed();
    if (newest) return newest;
    const owner = await this.users.findByIdentity(app, identityKey(EMAIL, emailKey));
    throw owner ? new UserAlreadyConfirmed() : new UserNotFound();
  }

  async #delete(filter: Document): Promise<void> {
    const { deletedCount } = await this.registrations.collection.deleteMany(filter, { maxTimeMS: MAX_TIME_MS });
    if (deletedCount === 0) throw new UserNotFound();
  }
}
