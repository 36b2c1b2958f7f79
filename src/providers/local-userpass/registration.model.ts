import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { ObjectId } from 'mongodb';
import { Schema as MongooseSchema } from 'mongoose';
import type { Locale } from '../../mail/templates/locale.js';

/**
 * An email address that was registered and has not logged in yet: no user exists until it does. While none is confirmed,
 * an address may have several, each with the password of whoever asked for it (client-api.md section 11).
 */
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

  /** Of the token that confirms it: a newer one takes its place. */
  @Prop({ type: MongooseSchema.Types.ObjectId })
  tokenId?: ObjectId;

  /** SHA-256. */
  @Prop({ type: Buffer })
  tokenHash?: Buffer;

  @Prop({ type: Date })
  tokenExpiresAt?: Date;

  /** True where the token was mailed to the address; once confirmed, where that token confirmed it, or a later mail was answered. */
  @Prop({ type: Boolean })
  isByMail?: boolean;

  @Prop({ type: Date, required: true })
  createdAt!: Date;

  /** A word of ours for the device that it was asked for from, and the language: its mails say the one in the other. */
  @Prop({ type: String })
  device?: string;

  @Prop({ type: String })
  locale?: Locale;

  /** When it ends, unless it is confirmed before. */
  @Prop({ type: Date })
  removeAt?: Date;
}

export const RegistrationSchema = SchemaFactory.createForClass(Registration);
RegistrationSchema.index(
  { app: 1, emailKey: 1 },
  { unique: true, partialFilterExpression: { confirmedAt: { $exists: true } } },
);
RegistrationSchema.index({ app: 1, emailKey: 1, _id: 1 });
RegistrationSchema.index({ app: 1, _id: 1 });
RegistrationSchema.index({ identityId: 1 });
RegistrationSchema.index({ tokenId: 1 }, { sparse: true });
RegistrationSchema.index({ removeAt: 1 }, { expireAfterSeconds: 0 });
