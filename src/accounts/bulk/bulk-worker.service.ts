import { Injectable, Logger } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { ObjectId, type UpdateFilter } from 'mongodb';
import type { Model } from 'mongoose';
import type { App } from '../../apps/app.model.js';
import { AuditService } from '../../audit/audit.service.js';
import { Clock } from '../../common/clock.js';
import { MAX_TIME_MS } from '../../database/database.js';
import { UserNotFound } from '../../users/users.errors.js';
import { UserSearchService } from '../user-search.service.js';
import { BulkJob, BulkJobPart } from './bulk-job.model.js';
import { BulkService, type BulkResult } from './bulk.service.js';

const PART = 1_000;
/** After so many it is written down how far it is. Both divide PART. */
const STEP = 100;
const DELETION_STEP = 20;
/** Users who are deleted at the same time; what else is done is one write for all of a step. */
const LANES = 4;
const LEASE_MS = 60_000;
const RETRY_MS = 30_000;
/** Of the failures, so many are kept in words; the others are counted. */
const MOST_FAILURES = 200;

/** Does a job, step by step, for as long as the job is this instance's: each step says so anew. */
@Injectable()
export class BulkWorker {
  readonly #logger = new Logger(BulkWorker.name);
  #isClosing = false;

  constructor(
    @InjectModel(BulkJob.name) private readonly jobs: Model<BulkJob>,
    @InjectModel(BulkJobPart.name) private readonly parts: Model<BulkJobPart>,
    private readonly bulk: BulkService,
    private readonly search: UserSearchService,
    private readonly audit: AuditService,
    private readonly clock: Clock,
  ) {}

  /** No step begins any more. */
  close(): void {
    this.#isClosing = true;
  }

  /** @returns a job that is no instance's, and is this one's now */
  async claim(): Promise<BulkJob | undefined> {
    if (this.#isClosing) return undefined;
    const found = await this.jobs.collection.findOneAndUpdate(
      { leaseEndsAt: { $lte: this.clock.now() } },
      { $set: { leaseEndsAt: this.#soon(LEASE_MS) } },
      { sort: { leaseEndsAt: 1 }, returnDocument: 'after', maxTimeMS: MAX_TIME_MS },
    );
    return (found ?? undefined) as BulkJob | undefined;
  }

  /** What goes wrong with the database is logged, and tried again later. */
  async run(app: App, job: BulkJob): Promise<void> {
    try {
      if (job.state === 'collecting' && !(await this.#collect(app, job))) return;
      while (job.handled < job.total) {
        if (this.#isClosing) return await this.#release(job, 0);
        if (!(await this.#step(app, job))) return;
      }
      await this.#finish(job);
    } catch (error) {
      this.#logger.error(error);
      await this.#release(job, RETRY_MS).catch(() => {});
    }
  }

  /** Of an app that is gone. */
  async drop({ _id }: BulkJob): Promise<void> {
    await this.parts.collection.deleteMany({ job: _id });
    await this.jobs.collection.deleteOne({ _id });
  }

  /** Whom it is about. */
  async keep(job: BulkJob, users: readonly ObjectId[], begin = 0): Promise<void> {
    const { _id, app, expiresAt } = job;
    const parts = Array.from({ length: Math.ceil(users.length / PART) }, (_, n) => ({
      _id: new ObjectId(),
      app,
      job: _id,
      begin: begin + n * PART,
      users: users.slice(n * PART, (n + 1) * PART),
      expiresAt,
    }));
    if (parts.length > 0) await this.parts.collection.insertMany(parts);
  }

  /** All of them before anything is done to one: what is done may change who is found. @returns false where it is no longer ours */
  async #collect(app: App, job: BulkJob): Promise<boolean> {
    await this.parts.collection.deleteMany({ job: job._id });
    let total = 0;
    for await (const users of this.search.ids(app, job.selection ?? {}, PART)) {
      await this.keep(job, users, total);
      total += users.length;
      if (this.#isClosing) {
        await this.#release(job, 0);
        return false;
      }
      if (!(await this.#write(job, { $set: { total } }))) return false;
    }
    return this.#write(job, { $set: { total, state: 'running' } });
  }

  async #step(app: App, job: BulkJob): Promise<boolean> {
    const begin = job.handled - (job.handled % PART);
    const part = await this.parts.collection.findOne({ job: job._id, begin }, { maxTimeMS: MAX_TIME_MS });
    const { users = [] } = (part ?? {}) as Partial<BulkJobPart>;
    const size = job.action === 'delete' ? DELETION_STEP : STEP;
    const ids = users.slice(job.handled - begin, job.handled - begin + size).map((id) => id.toHexString());
    // Whoever stopped it has thrown the list away.
    if (ids.length === 0) return false;
    const results = await this.#act(app, job, ids);
    for (const result of results) this.#record(app, job, result);
    // First what was done, then how far it is: of a step that a crash repeats nothing is missing.
    await this.audit.flush();
    const failures = results.flatMap(({ id, error }) =>
      error ? [{ id, code: error.code, message: error.message }] : [],
    );
    const room = Math.max(0, MOST_FAILURES - job.failures.length);
    const counted = {
      $inc: { handled: ids.length, failed: failures.length },
      $push: { failures: { $each: failures.slice(0, room) } },
    };
    if (await this.#write(job, counted)) return true;
    // Stopped meanwhile: what this step did was done all the same.
    await this.jobs.collection.updateOne({ _id: job._id, state: 'stopped' }, counted as object);
    return false;
  }

  async #act(app: App, { action }: BulkJob, ids: readonly string[]): Promise<BulkResult[]> {
    if (action !== 'delete') return this.bulk.run(app, action, ids);
    const lanes = Array.from({ length: LANES }, (_, lane) => ids.filter((_id, n) => n % LANES === lane));
    const results = (await Promise.all(lanes.map((lane) => this.bulk.run(app, action, lane)))).flat();
    // Gone already is what was wanted: a step that is repeated finds it so.
    return results.map((result) => (result.error instanceof UserNotFound ? { id: result.id } : result));
  }

  /** As the route for fewer users does. */
  #record(app: App, { action, by }: BulkJob, { id, error }: BulkResult): void {
    this.audit.record({
      where: { app: app._id.toHexString() },
      type: 'user.bulk',
      outcome: error ? 'failure' : 'success',
      errorCode: error?.code,
      actor: by.actor,
      ip: by.ip,
      userAgent: by.userAgent,
      user: id,
      details: { action },
    });
  }

  async #finish(job: BulkJob): Promise<void> {
    await this.parts.collection.deleteMany({ job: job._id });
    await this.jobs.collection.updateOne(
      { _id: job._id, leaseEndsAt: job.leaseEndsAt! },
      { $set: { state: 'done', finishedAt: this.clock.now() }, $unset: { leaseEndsAt: 1 } },
    );
  }

  /** @returns false where it was stopped, or is another instance's */
  async #write(job: BulkJob, change: UpdateFilter<BulkJob>): Promise<boolean> {
    const { $set, ...rest } = change;
    const update = { ...rest, $set: { ...$set, leaseEndsAt: this.#soon(LEASE_MS) } };
    const found = await this.jobs.collection.findOneAndUpdate(
      { _id: job._id, leaseEndsAt: job.leaseEndsAt! },
      update as object,
      { returnDocument: 'after', maxTimeMS: MAX_TIME_MS },
    );
    if (found) Object.assign(job, found);
    return found !== null;
  }

  async #release({ _id, leaseEndsAt }: BulkJob, afterMs: number): Promise<void> {
    const update = { $set: { leaseEndsAt: this.#soon(afterMs) } };
    await this.jobs.collection.updateOne({ _id, leaseEndsAt: leaseEndsAt! }, update, { maxTimeMS: MAX_TIME_MS });
  }

  #soon(ms: number): Date {
    return new Date(this.clock.now().getTime() + ms);
  }
}
