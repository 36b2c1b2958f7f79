import type { Value } from '../bson/value.js';
import type { Collection } from '../storage/collection.js';
import type { WriteSet } from '../storage/write-set.js';
import { changeOne, upsertOne } from './change.js';
import { type Call, refuseRetryOfMany } from './command.js';
import { findCollection, wasDropped } from './namespace.js';
import { PatientSearch } from './patient-search.js';
import type { UpdateStatement } from './update-statement.js';
import { UpdateMany } from './update-many.js';
import { LATER, MORE, type Statement } from './write-batch.js';

export interface UpdateOutcome {
  matched: number;
  modified: number;
  upsertedId?: Value;
}

/** One update on its way. */
export class UpdateRun implements Statement<UpdateOutcome> {
  private readonly compiled: ReturnType<UpdateStatement['compile']>;
  private readonly search: PatientSearch;
  private many: { collection: Collection; update: UpdateMany } | undefined;

  /** @throws MongoError for what is wrong in the filter or the update */
  constructor(
    private readonly call: Call,
    private readonly namespace: string,
    private readonly statement: UpdateStatement,
  ) {
    if (statement.multi) refuseRetryOfMany(call);
    this.compiled = statement.compile();
    const { sort, hint } = statement;
    this.search = new PatientSearch(call, { filter: this.compiled.filter, sort, hint, limit: 1 });
  }

  run(writes: WriteSet): UpdateOutcome | typeof MORE | typeof LATER {
    const { call, namespace, statement } = this;
    const collection = findCollection(call, namespace);
    if (!collection) {
      if (statement.upsert || this.many) throw wasDropped(namespace);
      return { matched: 0, modified: 0 };
    }
    const outcome = statement.multi ? this.changeAll(writes, collection) : this.changeFirst(writes, collection);
    if (outcome === MORE || outcome === LATER || outcome.matched > 0 || !statement.upsert) return outcome;
    return { ...outcome, upsertedId: upsertOne(writes, collection, this.compiled).get('_id')! };
  }

  close(): void {
    this.many?.update.close();
  }

  private changeFirst(writes: WriteSet, collection: Collection): UpdateOutcome | typeof LATER {
    const stored = this.search.find(writes, collection);
    if (stored === LATER) return LATER;
    if (!stored) return { matched: 0, modified: 0 };
    return { matched: 1, modified: changeOne(writes, collection, stored, this.compiled).isModified ? 1 : 0 };
  }

  private changeAll(writes: WriteSet, collection: Collection): ReturnType<UpdateMany['run']> {
    const selection = { filter: this.compiled.filter, hint: this.statement.hint };
    this.many ??= { collection, update: new UpdateMany(this.call, collection, selection, this.compiled) };
    if (this.many.collection !== collection) throw wasDropped(this.namespace);
    return this.many.update.run(writes);
  }
}
