import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { ObjectId } from 'mongodb';
import type { Model } from 'mongoose';
import type { App } from '../apps/app.model.js';
import { AppsService } from '../apps/apps.service.js';
import { AuditService } from '../audit/audit.service.js';
import { Clock } from '../common/clock.js';
import { isDuplicateKey, MAX_TIME_MS } from '../database/database.js';
import { LatchkeyError } from '../errors/latchkey-error.js';
import { expireAfterDays } from '../providers/anon-user/anon-user.settings.js';
import { ProviderConfigsService } from '../providers/provider-configs.service.js';
import { Session } from '../sessions/session.model.js';
import { User } from '../users/user.model.js';
import { AccountsService } from './accounts.service.js';
import { JobSchedule } from './job-schedule.model.js';

const JOB = 'anonymous-expiry';
const ANONYMOUS = 'anon-user';
const FIRST_MS = 90_000;
const LOOK_EVERY_MS = 1_800_000;
const DUE_EVERY_MS = 6 * 3_600_000;
const DAY_MS = 86_400_000;
const AT_ONCE = 200;

/**
 * Deletes anonymous users who have not been seen for as long as their app says: nobody can come back as one whose device is
 * gone. One instance does it at a time, and what it did is counted in the app's audit trail.
 */
@Injectable()
export class AnonymousExpiryService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #logger = new Logger(AnonymousExpiryService.name);
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #isClosing = false;

  constructor(
    @InjectModel(JobSchedule.name) private readonly jobs: Model<JobSchedule>,
    @InjectModel(User.name) private readonly users: Model<User>,
    @InjectModel(Session.name) private readonly sessions: Model<Session>,
    private readonly accounts: AccountsService,
    private readonly configs: ProviderConfigsService,
    private readonly apps: AppsService,
    private readonly audit: AuditService,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.#plan(FIRST_MS);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#isClosing = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  /** @returns how many users it deleted, or undefined where it is not due, or another instance does it */
  async runIfDue(): Promise<number | undefined> {
    if (!(await this.#claim())) return undefined;
    let count = 0;
    for (const app of await this.apps.list()) {
      if (this.#isClosing) break;
      try {
        count += await this.expireIn(app);
      } catch (error) {
        this.#logger.error(error);
      }
    }
    const done = { $set: { finishedAt: this.clock.now(), count } };
    await this.jobs.collection.updateOne({ _id: JOB } as never, done, { maxTimeMS: MAX_TIME_MS });
    return count;
  }

  /** @returns how many users it deleted */
  async expireIn(app: App): Promise<number> {
    const days = expireAfterDays(await this.configs.findByName(app, ANONYMOUS));
    if (days === 0) return 0;
    const cutoff = new Date(this.clock.now().getTime() - days * DAY_MS);
    let count = 0;
    for (let after: ObjectId | undefined; !this.#isClosing;) {
      const found = await this.#listUnseen(app, cutoff, after);
      for (const id of found) if (await this.#expire(app, id, cutoff)) count += 1;
      if (found.length < AT_ONCE) break;
      after = found.at(-1);
    }
    if (count > 0) this.#tell(app, count);
    return count;
  }

  /** By what the user says of itself; its sessions know better, and are asked one by one. */
  async #listUnseen(app: App, cutoff: Date, after: ObjectId | undefined): Promise<ObjectId[]> {
    const filter = {
      app: app._id,
      'identities.provider': ANONYMOUS,
      ...(after ? { _id: { $gt: after } } : {}),
      ...unseenSince(cutoff),
    };
    const options = { sort: { _id: 1 }, limit: AT_ONCE, projection: { _id: 1 }, maxTimeMS: MAX_TIME_MS } as const;
    return (await this.users.collection.find(filter, options).toArray()).map(({ _id }) => _id);
  }

  /** In one transaction: who comes back, or is given a real identity, at this moment stays. */
  async #expire(app: App, id: ObjectId, cutoff: Date): Promise<boolean> {
    try {
      return await this.accounts.deleteIf(app, id, async (transaction) => {
        const options = { session: transaction, projection: { _id: 1 } };
        const used = { app: app._id, user: id, lastUsedAt: { $gt: cutoff } };
        if (await this.sessions.collection.findOne(used, options)) return false;
        const still = { _id: id, app: app._id, ...unseenSince(cutoff) };
        return (await this.users.collection.findOne(still, options)) !== null;
      });
    } catch (error) {
      // A hook refused, or another instance was faster.
      if (error instanceof LatchkeyError) return false;
      throw error;
    }
  }

  #tell(app: App, count: number): void {
    this.#logger.log(`app ${app.clientAppId}: ${count} anonymous users expired`);
    this.audit.record({
      where: { app: app._id.toHexString() },
      type: 'user.expire',
      outcome: 'success',
      actor: { kind: 'system' },
      provider: ANONYMOUS,
      details: { count: String(count) },
    });
  }

  async #claim(): Promise<boolean> {
    const now = this.clock.now();
    const dueAt = new Date(now.getTime() + DUE_EVERY_MS);
    try {
      const filter = { _id: JOB, dueAt: { $lte: now } };
      const options = { upsert: true, maxTimeMS: MAX_TIME_MS };
      await this.jobs.collection.updateOne(filter as never, { $set: { dueAt } }, options);
      return true;
    } catch (error) {
      // It is there, and not due.
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  #plan(afterMs: number): void {
    const timer = setTimeout(() => {
      this.#running = this.runIfDue()
        .catch((error: unknown) => this.#logger.error(error))
        .then(() => {
          if (!this.#isClosing) this.#plan(LOOK_EVERY_MS);
        });
    }, afterMs);
    this.#timer = timer.unref();
  }
}

/** Nothing but an anonymous identity, and no login since. */
function unseenSince(cutoff: Date) {
  return {
    identities: { $size: 1 },
    'identities.0.provider': ANONYMOUS,
    createdAt: { $lte: cutoff },
    $or: [{ lastLoginAt: { $exists: false } }, { lastLoginAt: { $lte: cutoff } }],
  };
}
