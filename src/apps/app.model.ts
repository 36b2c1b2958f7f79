import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import { ObjectId } from 'mongodb';
import { Schema as MongooseSchema } from 'mongoose';

/** A tenant. Everything else belongs to one, and nothing of one is seen through another. */
@Schema({ collection: 'apps', versionKey: false })
export class App {
  declare _id: ObjectId;

  /** Whose administrators look after it. */
  @Prop({ type: MongooseSchema.Types.ObjectId, required: true })
  group!: ObjectId;

  /** `shop-abcde`: what clients put into the URL. */
  @Prop({ type: String, required: true })
  clientAppId!: string;

  @Prop({ type: String, required: true })
  name!: string;

  /** `domain_id` on the wire; the original kept apps and their user domains apart. */
  @Prop({ type: MongooseSchema.Types.ObjectId, required: true })
  domain!: ObjectId;

  /** `scheme://host[:port]` of the web pages that may call; none means any. */
  @Prop({ type: [String], required: true })
  allowedOrigins!: string[];

  @Prop({ type: Number, required: true })
  accessTokenSeconds!: number;

  @Prop({ type: Number, required: true })
  refreshTokenSeconds!: number;

  /** 32 random bytes that sign this app's refresh tokens (HS256), sealed with the master key. */
  @Prop({ type: Buffer, required: true })
  sealedRefreshSecret!: Buffer;

  @Prop({ type: Date, required: true })
  createdAt!: Date;
}

export const AppSchema = SchemaFactory.createForClass(App);
AppSchema.index({ clientAppId: 1 }, { unique: true });
AppSchema.index({ domain: 1 }, { unique: true });
AppSchema.index({ group: 1, _id: 1 });
