import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { ObjectId } from 'mongodb';
import { Schema as MongooseSchema } from 'mongoose';

/** An email address that was registered and has not logged in yet: no user exists until it does. */
@Schema({ collection: 'registrations', versionKey: false })
export class Registration {
  declare _id: ObjectId;

  @Prop({ type: MongooseSchema.Types.ObjectId, required: true })
  app!: ObjectId;

  /** The normalised address. */
  @Prop({ type: String, required: true })
  emailKey!: string;

  /** As it was typed. */
  @Prop({ type: String, required: true })
  email!: string;

  /** `id` of the identity that it becomes; the sealed hash is bound to it. */
  @Prop({ type: String, required: true })
  identityId!: string;

  @Prop({ type: Buffer, required: true })
  sealedSecret!: Buffer;

  @Prop({ type: Date })
  confirmedAt?: Date;

  @Prop({ type: Date, required: true })
  createdAt!: Date;
}

export const RegistrationSchema = SchemaFactory.createForClass(Registration);
RegistrationSchema.index({ app: 1, emailKey: 1 }, { unique: true });
