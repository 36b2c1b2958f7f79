import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { ObjectId } from 'mongodb';
import { Schema as MongooseSchema } from 'mongoose';

/** A key that stands for a user: one that a user made, or a server key with a user of its own behind it. */
@Schema({ collection: 'api_keys', versionKey: false })
export class ApiKey {
  declare _id: ObjectId;

  @Prop({ type: MongooseSchema.Types.ObjectId, required: true })
  app!: ObjectId;

  /** Who logs in with it. */
  @Prop({ type: MongooseSchema.Types.ObjectId, required: true })
  user!: ObjectId;

  @Prop({ type: String, required: true, enum: ['user', 'server'] })
  kind!: 'user' | 'server';

  @Prop({ type: String, required: true })
  name!: string;

  /** SHA-256 of the key, which itself is shown once and stored nowhere. */
  @Prop({ type: Buffer, required: true })
  keyHash!: Buffer;

  /** The first characters of the key, for its owner to recognise it. */
  @Prop({ type: String })
  prefix?: string;

  @Prop({ type: Boolean, required: true })
  disabled!: boolean;

  /** One of the places that an app has for server keys, or a user for its own: so the index holds the limit under a race. */
  @Prop({ type: Number })
  place?: number;

  @Prop({ type: Date })
  lastUsedAt?: Date;

  @Prop({ type: Date, required: true })
  createdAt!: Date;
}

export const ApiKeySchema = SchemaFactory.createForClass(ApiKey);
ApiKeySchema.index({ keyHash: 1 }, { unique: true });
ApiKeySchema.index({ app: 1, user: 1, name: 1 }, { unique: true });
ApiKeySchema.index({ app: 1, place: 1 }, { unique: true, partialFilterExpression: { kind: 'server' } });
ApiKeySchema.index({ app: 1, user: 1, place: 1 }, { unique: true, partialFilterExpression: { kind: 'user' } });
ApiKeySchema.index({ app: 1, kind: 1, name: 1 }, { unique: true, partialFilterExpression: { kind: 'server' } });
