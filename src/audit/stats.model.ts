import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { ObjectId } from 'mongodb';
import { Schema as MongooseSchema } from 'mongoose';

export const COUNTERS = ['signUps', 'logins', 'failures', 'activeUsers'] as const;
export type Counter = (typeof COUNTERS)[number];

/** What happened in an app on one day (UTC) by one provider. */
@Schema({ collection: 'daily_stats', versionKey: false })
export class DailyStats {
  /** `<app>:<yyyy-mm-dd>:<provider>` */
  @Prop({ type: String, required: true })
  _id!: string;

  @Prop({ type: MongooseSchema.Types.ObjectId, required: true })
  app!: ObjectId;

  @Prop({ type: String, required: true })
  day!: string;

  /** The type of a provider; empty for the active users of all of them together, who are counted once there. */
  @Prop({ type: String })
  provider!: string;

  @Prop({ type: MongooseSchema.Types.Mixed })
  counts!: Partial<Record<Counter, number>>;

  @Prop({ type: Date, required: true })
  expiresAt!: Date;
}

export const DailyStatsSchema = SchemaFactory.createForClass(DailyStats);
DailyStatsSchema.index({ app: 1, day: 1 });
DailyStatsSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

/** That a user was counted as active on a day: whichever instance makes the mark counts. */
@Schema({ collection: 'daily_active', versionKey: false })
export class DailyActive {
  /** `<app>:<yyyy-mm-dd>:<provider>:<user>` */
  @Prop({ type: String, required: true })
  _id!: string;

  @Prop({ type: MongooseSchema.Types.ObjectId, required: true })
  app!: ObjectId;

  @Prop({ type: Date, required: true })
  expiresAt!: Date;
}

export const DailyActiveSchema = SchemaFactory.createForClass(DailyActive);
DailyActiveSchema.index({ app: 1 });
DailyActiveSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
