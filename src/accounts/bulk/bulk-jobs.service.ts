import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { ObjectId } from 'mongodb';
import type { Model } from 'mongoose';
import type { App } from '../../apps/app.model.js';
import { AppsService } from '../../apps/apps.service.js';
import { Clock } from '../../common/clock.js';
import { MAX_TIME_MS } from '../../database/database.js';
import { InvalidParameter } from '../../errors/errors.js';
import { LatchkeyError } from '../../errors/latchkey-error.js';
import { BulkJob, BulkJobPart, type Selection } from './bulk-job.model.js';
import { BulkWorker } from './bulk-worker.service.js';
import type { BulkAction } from './bulk.service.js';

export class BulkJobNotFound extends LatchkeyError {
  readonly code = 'NotFound';

  constructor() {
    super('bulk job not found');
  }
}

/** Whom an action is for: all that a list would show, or these. */
export type Whom = { selection: Selection } | { ids: readonly ObjectId[] };

const KEPT_MS = 30 * 86_400_000;
const MOST_WAITING = 20;
/** What fits into a body. */
const MOST_NAMED = 2_000;
const LISTED = 50;
const LOOK_EVERY_MS = 15_000;

/**
 * Actions on more users than a request waits for. Whoever asks may go away: a job is in the database, is worked on by one
 * instance at a time, and goes on after a restart. What it did can be read for a month.
 */
@Injectable()
export class BulkJobsService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #logger = new Logger(BulkJobsService.name);
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> | undefined;

  constructor(
    @InjectModel(BulkJob.name) private readonly jobs: Model<BulkJob>,
    @InjectModel(BulkJobPart.name) private readonly parts: Model<BulkJobPart>,
    private readonly worker: BulkWorker,
    private readonly apps: AppsService,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.#timer = setInterval(() => void this.work(), LOOK_EVERY_MS).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.#timer);
    this.worker.close();
    await this.#working;
  }

  /** Returns at once. Users who come later are not meant. @throws InvalidParameter */
  async start(app: App, action: BulkAction, whom: Whom, by: BulkJob['by']): Promise<BulkJob> {
    const unfinished = { app: app._id, leaseEndsAt: { $exists: true } };
    if ((await this.jobs.collection.countDocuments(unfinished, { maxTimeMS: MAX_TIME_MS })) >= MOST_WAITING) {
      throw new InvalidParameter(`${MOST_WAITING} jobs of this app are not done yet: wait for one of them`);
    }
    const now = this.clock.now();
    const job: BulkJob = {
      _id: new ObjectId(),
      app: app._id,
      action,
      ...('selection' in whom ? { selection: upTo(now, whom.selection) } : {}),
      state: 'collecting',
      total: 0,
      handled: 0,
      failed: 0,
      failures: [],
      by,
      leaseEndsAt: now,
      createdAt: now,
      expiresAt: new Date(now.getTime() + KEPT_MS),
    };
    if ('ids' in whom) {
      const users = distinct(whom.ids);
      if (users.length > MOST_NAMED) throw new InvalidParameter(`'ids' may hold at most ${MOST_NAMED} users`);
      await this.worker.keep(job, users);
      Object.assign(job, { state: 'running', total: users.length } satisfies Partial<BulkJob>);
    }
    await this.jobs.collection.insertOne(job);
    void this.work();
    return job;
  }

  /** @throws BulkJobNotFound */
  async get(app: App, id: ObjectId): Promise<BulkJob> {
    const found = await this.jobs.collection.findOne({ _id: id, app: app._id }, { maxTimeMS: MAX_TIME_MS });
    if (!found) throw new BulkJobNotFound();
    return found as unknown as BulkJob;
  }

  /** The newest first. */
  async list(app: App): Promise<BulkJob[]> {
    const options = { sort: { _id: -1 }, limit: LISTED, projection: { failures: 0 }, maxTimeMS: MAX_TIME_MS } as const;
    return (await this.jobs.collection.find({ app: app._id }, options).toArray()) as unknown as BulkJob[];
  }

  /** What was done stays done. @returns false where it was over already @throws BulkJobNotFound */
  async stop(app: App, id: ObjectId): Promise<boolean> {
    const { modifiedCount } = await this.jobs.collection.updateOne(
      { _id: id, app: app._id, leaseEndsAt: { $exists: true } },
      { $set: { state: 'stopped', finishedAt: this.clock.now() }, $unset: { leaseEndsAt: 1 } },
      { maxTimeMS: MAX_TIME_MS },
    );
    if (modifiedCount === 0) await this.get(app, id);
    else await this.parts.collection.deleteMany({ job: id });
    return modifiedCount > 0;
  }

  /** Works on what waits, or is worked on already. Resolves when nothing is left that this instance may do. */
  async work(): Promise<void> {
    this.#working ??= this.#workAll()
      .catch((error: unknown) => this.#logger.error(error))
      .finally(() => (this.#working = undefined));
    await this.#working;
  }

  /** One after the other: each is as fast as the database lets it be without others noticing. */
  async #workAll(): Promise<void> {
    for (let job = await this.worker.claim(); job; job = await this.worker.claim()) {
      const app = await this.apps.findById(job.app);
      if (app) await this.worker.run(app, job);
      else await this.worker.drop(job);
    }
  }
}

/** Without what asks for nothing: stored, it would be null. */
function upTo(now: Date, { createdTo = now, ...selection }: Selection): Selection {
  const given = Object.entries(selection).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(given), createdTo: createdTo < now ? createdTo : now };
}

function distinct(ids: readonly ObjectId[]): ObjectId[] {
  return [...new Map(ids.map((id) => [id.toHexString(), id])).values()];
}
