import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { ObjectId } from 'mongodb';
import { Schema as MongooseSchema } from 'mongoose';

/** A value that providers and functions of an app name and nobody reads back: a client secret, a signing key. */
@Schema({ collection: 'secrets', versionKey: false })
export class Secret {
  declare _id: ObjectId;

  @Prop({ type: MongooseSchema.Types.ObjectId, required: true })
  app!: ObjectId;

  @Prop({ type: String, required: true })
  name!: string;

  @Prop({ type: Buffer, required: true })
  sealedValue!: Buffer;

  /** Raised with each change, so that what was built from an older value is built anew. */
  @Prop({ type: Number, required: true })
  version!: number;

  @Prop({ type: Date, required: true })
  createdAt!: Date;
}

export const SecretSchema = SchemaFactory.createForClass(Secret);
SecretSchema.index({ app: 1, name: 1 }, { unique: true });
