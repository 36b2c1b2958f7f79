import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import { ObjectId } from 'mongodb';
import { Schema as MongooseSchema } from 'mongoose';

/** What an administrator saved about one provider of one app. */
@Schema({ collection: 'provider_configs', versionKey: false, minimize: false })
export class ProviderConfig {
  declare _id: ObjectId;

  @Prop({ type: MongooseSchema.Types.ObjectId, required: true })
  app!: ObjectId;

  /** Stands in the login URL and in the keys of identities; equal to the type unless a type may occur more than once. */
  @Prop({ type: String, required: true })
  name!: string;

  @Prop({ type: String, required: true })
  type!: string;

  @Prop({ type: Boolean, required: true })
  disabled!: boolean;

  /** `config`, `secret_config`, `metadata_fields`, …: exactly as saved, without defaults, because that is what comes back. */
  @Prop({ type: MongooseSchema.Types.Mixed, required: true })
  settings!: Record<string, unknown>;

  /** Raised with each change. */
  @Prop({ type: Number, required: true })
  version!: number;

  @Prop({ type: Date, required: true })
  createdAt!: Date;
}

export const ProviderConfigSchema = SchemaFactory.createForClass(ProviderConfig);
ProviderConfigSchema.index({ app: 1, name: 1 }, { unique: true });
