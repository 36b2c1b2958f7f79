import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { ObjectId } from 'mongodb';
import { Schema as MongooseSchema } from 'mongoose';

/** What of the original does nothing here, but must be there under its id for set-up scripts to go through. */
export type KeptKind = 'service' | 'value';

@Schema({ collection: 'kept_records', versionKey: false })
export class KeptRecord {
  declare _id: ObjectId;

  @Prop({ type: MongooseSchema.Types.ObjectId, required: true })
  app!: ObjectId;

  @Prop({ type: String, required: true })
  kind!: KeptKind;

  @Prop({ type: String, required: true })
  name!: string;

  /** Of a service: `mongodb-atlas`, `gcm`. */
  @Prop({ type: String })
  type?: string;
}

export const KeptRecordSchema = SchemaFactory.createForClass(KeptRecord);
KeptRecordSchema.index({ app: 1, kind: 1, name: 1 }, { unique: true });
