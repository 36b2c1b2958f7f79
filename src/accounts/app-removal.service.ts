import { Injectable, Logger } from '@nestjs/common';
import type { ObjectId } from 'mongodb';
import { setTimeout as sleep } from 'node:timers/promises';
import type { App } from '../apps/app.model.js';
import { AppIdNotFound } from '../apps/apps.errors.js';
import { AppsService } from '../apps/apps.service.js';
import { AuditEvent } from '../audit/audit-event.model.js';
import { AuditService } from '../audit/audit.service.js';
import { Database, MAX_TIME_MS } from '../database/database.js';

interface AppRemoval {
  /** Of the app that is gone, while not all that belonged to it is. */
  _id: ObjectId;
}

const AT_ONCE = 500;
/** A request waits no longer for the rest to go. */
const PATIENCE_MS = 2_000;

/**
 * Deletes an app with everything that belongs to it. The record goes first, and with it every login and token; the rest,
 * which may be millions of documents, follows in pieces. What a crash interrupts goes on at the next start.
 */
@Injectable()
export class AppRemovalService {
  readonly #logger = new Logger(AppRemovalService.name);

  constructor(
    private readonly database: Database,
    private readonly apps: AppsService,
    private readonly audit: AuditService,
  ) {}

  /** @throws AppIdNotFound */
  async delete(app: App): Promise<void> {
    await this.database.transaction(async (transaction) => {
      if (!(await this.apps.remove(app, transaction))) throw new AppIdNotFound(app._id.toHexString());
      await this.#removals.updateOne({ _id: app._id }, { $set: {} }, { upsert: true, session: transaction });
    });
    this.apps.forget();
    await Promise.race([this.#logged(this.#sweep(app._id)), sleep(PATIENCE_MS, undefined, { ref: false })]);
  }

  /** To be called at start, which does not wait for it. */
  finishInterrupted(): void {
    void this.#logged(this.#sweepAll());
  }

  async #sweepAll(): Promise<void> {
    for (const { _id } of await this.#removals.find().toArray()) await this.#sweep(_id);
  }

  /** What is left goes at the next start. */
  async #logged(sweeping: Promise<void>): Promise<void> {
    try {
      await sweeping;
    } catch (error) {
      this.#logger.warn(String(error));
    }
  }

  async #sweep(app: ObjectId): Promise<void> {
    // Entries that wait to be written would outlive it.
    await this.audit.flush();
    for (const model of Object.values(this.database.connection.models)) {
      if (model.schema.path('app') === undefined) continue;
      // The trail of an app has its id, and entries are indexed by their trail.
      const filter = model.modelName === AuditEvent.name ? { chain: app } : { app };
      for (;;) {
        const options = { projection: { _id: 1 }, limit: AT_ONCE, maxTimeMS: MAX_TIME_MS };
        const ids = (await model.collection.find(filter, options).toArray()).map(({ _id }) => _id);
        if (ids.length === 0) break;
        await model.collection.deleteMany({ _id: { $in: ids } });
      }
    }
    await this.#removals.deleteOne({ _id: app });
  }

  get #removals() {
    return this.database.connection.db!.collection<AppRemoval>('app_removals');
  }
}
