import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { ObjectId, type ClientSession } from 'mongodb';
import type { Model } from 'mongoose';
import type { App } from '../apps/app.model.js';
import { Database, MAX_TIME_MS } from '../database/database.js';
import { HookRegistry } from '../hooks/hook.registry.js';
import { OutboxService } from '../mail/outbox.service.js';
import { ApiKey } from '../providers/api-key/api-key.model.js';
import { RegistrationsService } from '../providers/local-userpass/registrations.service.js';
import { ResetTokensService } from '../providers/local-userpass/reset-tokens.service.js';
import { SessionsService } from '../sessions/sessions.service.js';
import type { Identity } from '../users/identity.schema.js';
import { User } from '../users/user.model.js';
import { UserNotFound } from '../users/users.errors.js';

/** What ends a user as a whole, for a while or for good. */
@Injectable()
export class AccountsService {
  constructor(
    @InjectModel(User.name) private readonly users: Model<User>,
    @InjectModel(ApiKey.name) private readonly keys: Model<ApiKey>,
    private readonly sessions: SessionsService,
    private readonly registrations: RegistrationsService,
    private readonly resets: ResetTokensService,
    private readonly outbox: OutboxService,
    private readonly database: Database,
    private readonly hooks: HookRegistry,
  ) {}

  /** No login any more, and every session is over. @throws UserNotFound */
  async disable(app: App, userId: ObjectId): Promise<void> {
    const found = await this.sessions.end(app, { user: userId, also: { disabled: true } }, 'disabled');
    if (!found) throw new UserNotFound();
  }

  /** Logins work again; the sessions from before stay dead. @throws UserNotFound */
  async enable(app: App, userId: ObjectId): Promise<void> {
    const filter = { _id: userId, app: app._id };
    const update = { $set: { disabled: false } };
    const { matchedCount } = await this.users.collection.updateOne(filter, update, { maxTimeMS: MAX_TIME_MS });
    this.sessions.forget(userId);
    if (matchedCount === 0) throw new UserNotFound();
  }

  /** Ends all sessions of a user on all devices. @throws UserNotFound */
  async revokeSessions(app: App, userId: ObjectId): Promise<void> {
    if (!(await this.sessions.end(app, { user: userId }, 'revoked'))) throw new UserNotFound();
  }

  /**
   * `enable`, `disable` or `revokeSessions` for many, by a few writes.
   *
   * @returns the ids of those there are
   */
  async changeMany(app: App, ids: readonly ObjectId[], action: 'enable' | 'disable' | 'logout'): Promise<Set<string>> {
    const filter = { _id: { $in: [...ids] }, app: app._id };
    const options = { maxTimeMS: MAX_TIME_MS, hint: '_id_' };
    const found = await this.users.collection.find(filter, { ...options, projection: { _id: 1 } }).toArray();
    if (action === 'enable') {
      await this.users.collection.updateMany(filter, { $set: { disabled: false } }, options);
      for (const id of ids) this.sessions.forget(id);
    } else {
      const [reason, also] =
        action === 'disable' ? (['disabled', { disabled: true }] as const) : (['revoked'] as const);
      await this.sessions.endOfMany(app, ids, reason, also);
    }
    return new Set(found.map(({ _id }) => _id.toHexString()));
  }

  /** The user, its identities, keys and sessions; its address can be registered again. @throws UserNotFound, LoginRefused */
  async delete(app: App, userId: ObjectId, { byItself } = { byItself: false }): Promise<void> {
    await this.#delete(app, userId, byItself);
  }

  /** @param isMeant asked in the transaction that deletes. @returns whether it did @throws as `delete` does */
  async deleteIf(
    app: App,
    userId: ObjectId,
    isMeant: (transaction: ClientSession) => Promise<boolean>,
  ): Promise<boolean> {
    return this.#delete(app, userId, false, isMeant);
  }

  async #delete(
    app: App,
    userId: ObjectId,
    byItself: boolean,
    isMeant?: (transaction: ClientSession) => Promise<boolean>,
  ): Promise<boolean> {
    const event = { clientAppId: app.clientAppId, userId: userId.toHexString() };
    await this.hooks.before('beforeDeletion', event);
    const identityIds = await this.database.transaction(async (transaction) => {
      if (isMeant && !(await isMeant(transaction))) return undefined;
      await this.sessions.end(app, { user: userId }, 'deleted', transaction);
      const filter = { _id: userId, app: app._id };
      const user = await this.users.collection.findOneAndDelete(filter, { session: transaction });
      if (!user) throw new UserNotFound();
      const { identities } = user as unknown as User;
      await this.registrations.removeOf(
        app,
        identities.map(({ key }) => key),
        transaction,
      );
      const ids = identities.map(({ id }) => id);
      await this.resets.void(app, ids, transaction);
      await this.outbox.forget(app._id, emailsOf(identities), transaction);
      await this.keys.collection.deleteMany({ app: app._id, user: userId }, { session: transaction });
      return ids;
    });
    if (!identityIds) return false;
    // Again, now that it is committed: what was read in between was still the old state.
    this.sessions.forget(userId);
    await this.hooks.after('afterDeletion', { ...event, identityIds, byItself });
    return true;
  }
}

function emailsOf(identities: readonly Identity[]): string[] {
  return identities.flatMap(({ data }) => data['email'] ?? []);
}
