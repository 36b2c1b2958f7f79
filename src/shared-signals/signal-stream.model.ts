import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { ObjectId } from 'mongodb';
import { Schema as MongooseSchema } from 'mongoose';
import type { DeliveryMethod } from './event-types.js';

export const STREAM_STATES = ['enabled', 'paused', 'disabled'] as const;
export type StreamState = (typeof STREAM_STATES)[number];

/** What one receiver wants to be told by an app, and how. */
@Schema({ collection: 'signal_streams', versionKey: false })
export class SignalStream {
  declare _id: ObjectId;

  @Prop({ type: MongooseSchema.Types.ObjectId, required: true })
  app!: ObjectId;

  /** The server key that it is for. */
  @Prop({ type: MongooseSchema.Types.ObjectId, required: true })
  receiver!: ObjectId;

  @Prop({ type: String, required: true })
  method!: DeliveryMethod;

  /** Where events are pushed to. */
  @Prop({ type: String })
  endpointUrl?: string;

  /** The `Authorization` header that goes with them. */
  @Prop({ type: Buffer })
  sealedAuthorization?: Buffer;

  @Prop({ type: String })
  description?: string;

  @Prop({ type: [String], required: true })
  eventsRequested!: string[];

  @Prop({ type: String, required: true, enum: STREAM_STATES })
  status!: StreamState;

  @Prop({ type: String })
  reason?: string;

  @Prop({ type: Date, required: true })
  createdAt!: Date;

  /** Everything that ended up to here has been put into the stream. */
  @Prop({ type: Date, required: true })
  readTo!: Date;

  @Prop({ type: Date })
  verifiedAt?: Date;

  /** While an instance pushes: its mark, and when others may take over. */
  @Prop({ type: MongooseSchema.Types.ObjectId })
  lease?: ObjectId;

  @Prop({ type: Date })
  leaseEndsAt?: Date;

  /** Failures of pushing in a row, the last one in words, and when the next try is. */
  @Prop({ type: Number })
  failures?: number;

  @Prop({ type: String })
  problem?: string;

  @Prop({ type: Date })
  retryAt?: Date;
}

export const SignalStreamSchema = SchemaFactory.createForClass(SignalStream);
SignalStreamSchema.index({ app: 1, receiver: 1 }, { unique: true });
