import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { ObjectId } from 'mongodb';
import { Schema as MongooseSchema } from 'mongoose';

/** One event in one stream. It is signed when it is delivered, so that the key is one that is published then. */
@Schema({ collection: 'signals', versionKey: false })
export class Signal {
  /** Made of the stream and what happened, so that nothing is put into a stream twice. */
  declare _id: string;

  @Prop({ type: MongooseSchema.Types.ObjectId, required: true })
  app!: ObjectId;

  @Prop({ type: MongooseSchema.Types.ObjectId, required: true })
  stream!: ObjectId;

  @Prop({ type: String, required: true })
  jti!: string;

  @Prop({ type: String, required: true })
  type!: string;

  /** RFC 9493 */
  @Prop({ type: MongooseSchema.Types.Mixed, required: true })
  subject!: Record<string, unknown>;

  @Prop({ type: MongooseSchema.Types.Mixed, required: true })
  payload!: Record<string, unknown>;

  /** When it happened: events go out in this order. */
  @Prop({ type: Date, required: true })
  at!: Date;

  @Prop({ type: Date, required: true })
  issuedAt!: Date;

  /** There while it has to be delivered. */
  @Prop({ type: Boolean })
  waiting?: true;

  /** What the receiver said is wrong with it. */
  @Prop({ type: String })
  problem?: string;

  @Prop({ type: Date, required: true })
  removeAt!: Date;
}

export const SignalSchema = SchemaFactory.createForClass(Signal);
SignalSchema.index({ stream: 1, at: 1, _id: 1 }, { partialFilterExpression: { waiting: true } });
SignalSchema.index({ stream: 1, jti: 1 }, { unique: true });
SignalSchema.index({ app: 1 });
SignalSchema.index({ removeAt: 1 }, { expireAfterSeconds: 0 });
