import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { ObjectId, type ClientSession } from 'mongodb';
import type { Model } from 'mongoose';
import type { App } from '../../apps/app.model.js';
import { Clock } from '../../common/clock.js';
import { Database, MAX_TIME_MS } from '../../database/database.js';
import { HookRegistry } from '../../hooks/hook.registry.js';
import { MergeTicketInvalid } from '../../identities/identities.errors.js';
import { MergeTicketsService } from '../../identities/merge-tickets.service.js';
import { ApiKey } from '../../providers/api-key/api-key.model.js';
import { ResetTokensService } from '../../providers/local-userpass/reset-tokens.service.js';
import type { LiveSession } from '../../sessions/live-session.js';
import { SessionsService } from '../../sessions/sessions.service.js';
import { dataOf, searchKeysOf } from '../../users/search-keys.js';
import { User } from '../../users/user.model.js';
import { UsersService, type StoredUser } from '../../users/users.service.js';
import { planMerge, type MergePlan } from './merge-plan.js';
import { CannotBeMerged, FreshLoginRequired } from './merge.errors.js';

export interface Merged {
  survivor: ObjectId;
  other: ObjectId;
  plan: MergePlan;
  dryRun: boolean;
}

interface Client {
  ip: string;
  userAgent: string | undefined;
}

const FRESH_MS = 15 * 60_000;
const ANONYMOUS = 'anon-user';

/** Makes two users one, all or nothing. The survivor keeps its id and its sessions; the other's sessions are over. */
@Injectable()
export class MergeService {
  constructor(
    @InjectModel(User.name) private readonly models: Model<User>,
    @InjectModel(ApiKey.name) private readonly keys: Model<ApiKey>,
    private readonly users: UsersService,
    private readonly tickets: MergeTicketsService,
    private readonly resets: ResetTokensService,
    private readonly sessions: SessionsService,
    private readonly database: Database,
    private readonly hooks: HookRegistry,
    private readonly clock: Clock,
  ) {}

  /**
   * By the person itself. The ticket proves the other user, a login of the last minutes the survivor, unless nothing but this
   * session stands for it.
   *
   * @throws MergeTicketInvalid, FreshLoginRequired, UserNotFound, CannotBeMerged
   */
  async mergeOwn(app: App, live: LiveSession, ticket: string, dryRun: boolean, client: Client): Promise<Merged> {
    const survivor = ObjectId.createFromHexString(live.user.id);
    const { other, epoch } = await this.tickets.look(app, survivor, ticket);
    if (dryRun) return this.#merge(app, { survivor, other, dryRun });
    const isFresh = this.clock.now().getTime() - live.createdAt <= FRESH_MS;
    if (!isFresh && live.user.identities.some(({ provider }) => provider !== ANONYMOUS)) throw new FreshLoginRequired();
    const merged = await this.#merge(app, { survivor, other, dryRun }, async (user, transaction) => {
      await this.tickets.spend(app, survivor, ticket, transaction);
      // Logged out everywhere, or given another password, since it was proven.
      if (user.epoch !== epoch) throw new MergeTicketInvalid();
    });
    await this.#tell(app, merged, { byItself: true, ...client });
    return merged;
  }

  /** By an administrator. @throws UserNotFound, CannotBeMerged */
  async merge(app: App, { survivor, other, dryRun }: Omit<Merged, 'plan'>): Promise<Merged> {
    const merged = await this.#merge(app, { survivor, other, dryRun });
    if (!dryRun) await this.#tell(app, merged, { byItself: false });
    return merged;
  }

  /** Who a user became part of. */
  async findSurvivor(app: App, previousId: ObjectId): Promise<ObjectId | undefined> {
    const filter = { previousIds: previousId, app: app._id };
    const options = { projection: { _id: 1 }, hint: 'previousIds_1', maxTimeMS: MAX_TIME_MS };
    return (await this.models.collection.findOne(filter, options))?._id;
  }

  /** @param prove with the other user as the transaction reads it */
  async #merge(
    app: App,
    wanted: Omit<Merged, 'plan'>,
    prove?: (other: StoredUser, transaction: ClientSession) => Promise<void>,
  ): Promise<Merged> {
    if (wanted.survivor.equals(wanted.other)) throw new CannotBeMerged('a user cannot be merged with itself');
    const plan = await this.database.transaction(async (transaction) => {
      const survivor = await this.users.get(app, wanted.survivor, transaction);
      const other = await this.users.get(app, wanted.other, transaction);
      if (survivor.disabled || other.disabled) throw new CannotBeMerged('a disabled user cannot be merged');
      if (survivor.type === 'server' || other.type === 'server') throw new CannotBeMerged('a server cannot be merged');
      const keys = {
        survivor: await this.#keysOf(app, survivor._id, transaction),
        other: await this.#keysOf(app, other._id, transaction),
      };
      const planned = planMerge(survivor, other, keys);
      if (wanted.dryRun) return planned;
      await prove?.(other, transaction);
      await this.#write(app, survivor, other, planned, transaction);
      return planned;
    });
    if (!wanted.dryRun) {
      this.sessions.forget(wanted.survivor);
      this.sessions.forget(wanted.other);
    }
    return { ...wanted, plan };
  }

  async #write(
    app: App,
    survivor: StoredUser,
    other: StoredUser,
    plan: MergePlan,
    transaction: ClientSession,
  ): Promise<void> {
    const options = { session: transaction };
    await this.sessions.end(app, { user: other._id }, 'deleted', transaction);
    // First: the index lets nobody else have its identities.
    await this.models.collection.deleteOne({ _id: other._id, app: app._id }, options);
    const { identities, customData, movedFields } = plan;
    const previousIds = [...(survivor.previousIds ?? []), ...(other.previousIds ?? []), other._id];
    const $set = { identities, data: dataOf(identities), searchKeys: searchKeysOf(identities), previousIds };
    const changesData = movedFields.length > 0;
    await this.models.collection.updateOne(
      { _id: survivor._id, app: app._id },
      {
        $set: { ...$set, ...(changesData ? { customData } : {}) },
        ...(changesData ? { $inc: { customDataVersion: 1 } } : {}),
      },
      options,
    );
    for (const { _id, newName, place } of plan.keys) {
      const moved = { $set: { user: survivor._id, name: newName, place } };
      await this.keys.collection.updateOne({ _id, app: app._id }, moved, options);
    }
    const lost = plan.lostIdentities.map(({ id }) => id);
    await this.resets.void(app, lost, transaction);
  }

  async #keysOf(app: App, user: ObjectId, transaction: ClientSession): Promise<ApiKey[]> {
    const options = { session: transaction, sort: { _id: 1 } } as const;
    const found = await this.keys.collection.find({ app: app._id, user, kind: 'user' }, options).toArray();
    return found as unknown as ApiKey[];
  }

  async #tell(app: App, { survivor, other }: Merged, by: { byItself: boolean } & Partial<Client>): Promise<void> {
    await this.hooks.after('afterMerge', {
      clientAppId: app.clientAppId,
      userId: survivor.toHexString(),
      otherId: other.toHexString(),
      ...by,
    });
  }
}
