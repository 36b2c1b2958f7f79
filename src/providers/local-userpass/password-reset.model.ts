import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { ObjectId } from 'mongodb';
import { Schema as MongooseSchema } from 'mongoose';

/** That somebody may choose a new password for an email identity. One per identity: a newer one takes its place. */
@Schema({ collection: 'password_resets', versionKey: false })
export class PasswordReset {
  declare _id: ObjectId;

  @Prop({ type: MongooseSchema.Types.ObjectId, required: true })
  app!: ObjectId;

  @Prop({ type: String, required: true })
  identityId!: string;

  /** The normalised address that it was made for. */
  @Prop({ type: String, required: true })
  emailKey!: string;

  /** False where a function was given the token, which may be anybody's then; absent in those of earlier versions. */
  @Prop({ type: Boolean })
  isByMail?: boolean;

  @Prop({ type: MongooseSchema.Types.ObjectId, required: true })
  tokenId!: ObjectId;

  /** SHA-256. */
  @Prop({ type: Buffer, required: true })
  tokenHash!: Buffer;

  @Prop({ type: Date, required: true })
  tokenExpiresAt!: Date;
}

export const PasswordResetSchema = SchemaFactory.createForClass(PasswordReset);
PasswordResetSchema.index({ app: 1, identityId: 1 }, { unique: true });
PasswordResetSchema.index({ tokenId: 1 }, { unique: true });
PasswordResetSchema.index({ tokenExpiresAt: 1 }, { expireAfterSeconds: 0 });
