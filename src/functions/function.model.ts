import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { ObjectId } from 'mongodb';
import { Schema as MongooseSchema } from 'mongoose';

/** A name that providers call. What answers is a webhook, or what a Nest module registered under it; code is never run. */
@Schema({ collection: 'functions', versionKey: false, minimize: false })
export class FunctionRecord {
  declare _id: ObjectId;

  @Prop({ type: MongooseSchema.Types.ObjectId, required: true })
  app!: ObjectId;

  @Prop({ type: String, required: true })
  name!: string;

  @Prop({ type: String })
  webhookUrl?: string;

  /** Name of the secret that signs calls of the webhook. */
  @Prop({ type: String })
  secret?: string;

  /** `source`, `private` and whatever else the original's tools sent: kept and given back. */
  @Prop({ type: MongooseSchema.Types.Mixed, required: true })
  rest!: Record<string, unknown>;

  @Prop({ type: Date, required: true })
  createdAt!: Date;

  @Prop({ type: Date, required: true })
  modifiedAt!: Date;
}

export const FunctionRecordSchema = SchemaFactory.createForClass(FunctionRecord);
FunctionRecordSchema.index({ app: 1, name: 1 }, { unique: true });
