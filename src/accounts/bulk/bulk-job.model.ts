import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { ObjectId } from 'mongodb';
import { Schema as MongooseSchema } from 'mongoose';
import type { Actor } from '../../audit/event-types.js';
import type { UserQuery } from '../../users/user-list.service.js';
import { BULK_ACTIONS, type BulkAction } from './bulk.service.js';

/** Finding out whom it is about; acting on them; over. */
export const JOB_STATES = ['collecting', 'running', 'done', 'stopped'] as const;

export type JobState = (typeof JOB_STATES)[number];

/** Which users, as the list of users is asked for. */
export type Selection = Omit<UserQuery, 'after' | 'limit' | 'descending' | 'sort' | 'alsoIds'>;

/** One action on many users, done by whichever instance has it; what a crash interrupts goes on at the next start. */
@Schema({ collection: 'bulk_jobs', versionKey: false })
export class BulkJob {
  declare _id: ObjectId;

  @Prop({ type: MongooseSchema.Types.ObjectId, required: true })
  app!: ObjectId;

  @Prop({ type: String, required: true, enum: BULK_ACTIONS })
  action!: BulkAction;

  /** Absent where they were named one by one. */
  @Prop({ type: MongooseSchema.Types.Mixed })
  selection?: Selection;

  @Prop({ type: String, required: true, enum: JOB_STATES })
  state!: JobState;

  /** How many it is about, as far as they are collected. */
  @Prop({ type: Number, required: true })
  total!: number;

  /** Of them, in their order, so many were dealt with. */
  @Prop({ type: Number, required: true })
  handled!: number;

  /** Of those, so many could not be done. */
  @Prop({ type: Number, required: true })
  failed!: number;

  /** The first of those. */
  @Prop({ type: [MongooseSchema.Types.Mixed], required: true })
  failures!: { id: string; code: string; message: string }[];

  /** For the audit trail. */
  @Prop({ type: MongooseSchema.Types.Mixed, required: true })
  by!: { actor: Actor; ip?: string | undefined; userAgent?: string | undefined };

  /** Until then it is some instance's; one that dies says nothing any more. Absent once it is over. */
  @Prop({ type: Date })
  leaseEndsAt?: Date;

  @Prop({ type: Date, required: true })
  createdAt!: Date;

  @Prop({ type: Date })
  finishedAt?: Date;

  @Prop({ type: Date, required: true })
  expiresAt!: Date;
}

export const BulkJobSchema = SchemaFactory.createForClass(BulkJob);
BulkJobSchema.index({ app: 1, _id: 1 });
BulkJobSchema.index({ leaseEndsAt: 1 }, { sparse: true });
BulkJobSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

/** Some of the users whom a job is about. */
@Schema({ collection: 'bulk_job_parts', versionKey: false })
export class BulkJobPart {
  declare _id: ObjectId;

  @Prop({ type: MongooseSchema.Types.ObjectId, required: true })
  app!: ObjectId;

  @Prop({ type: MongooseSchema.Types.ObjectId, required: true })
  job!: ObjectId;

  /** How many users are in the parts before. */
  @Prop({ type: Number, required: true })
  begin!: number;

  @Prop({ type: [MongooseSchema.Types.ObjectId], required: true })
  users!: ObjectId[];

  @Prop({ type: Date, required: true })
  expiresAt!: Date;
}

export const BulkJobPartSchema = SchemaFactory.createForClass(BulkJobPart);
BulkJobPartSchema.index({ job: 1, begin: 1 }, { unique: true });
BulkJobPartSchema.index({ app: 1 });
BulkJobPartSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
