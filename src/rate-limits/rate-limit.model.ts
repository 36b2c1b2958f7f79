import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import { Schema as MongooseSchema } from 'mongoose';

/** The counters of one key in one window of time. */
@Schema({ collection: 'rate_limits', versionKey: false })
export class RateLimit {
  /** SHA-256 of key and window: addresses of people and machines are not written down for this. */
  @Prop({ type: String, required: true })
  _id!: string;

  @Prop({ type: MongooseSchema.Types.Mixed, required: true })
  counters!: Record<string, number>;

  /** When the window is over, and the record of no use. */
  @Prop({ type: Date, required: true })
  expiresAt!: Date;
}

export const RateLimitSchema = SchemaFactory.createForClass(RateLimit);
RateLimitSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
