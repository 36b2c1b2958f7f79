import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { ObjectId } from 'mongodb';
import { Schema as MongooseSchema } from 'mongoose';

/** That somebody may choose a password and so become a user. One per address: a newer one takes its place. */
@Schema({ collection: 'user_invitations', versionKey: false })
export class UserInvitation {
  declare _id: ObjectId;

  @Prop({ type: MongooseSchema.Types.ObjectId, required: true })
  app!: ObjectId;

  /** The normalised address. */
  @Prop({ type: String, required: true })
  emailKey!: string;

  @Prop({ type: String, required: true })
  email!: string;

  /** What the profile of the user will say beside the address. */
  @Prop({ type: MongooseSchema.Types.Mixed, required: true })
  data!: Record<string, string>;

  @Prop({ type: MongooseSchema.Types.ObjectId, required: true })
  tokenId!: ObjectId;

  /** SHA-256. */
  @Prop({ type: Buffer, required: true })
  tokenHash!: Buffer;

  @Prop({ type: Date, required: true })
  tokenExpiresAt!: Date;
}

export const UserInvitationSchema = SchemaFactory.createForClass(UserInvitation);
UserInvitationSchema.index({ app: 1, emailKey: 1 }, { unique: true });
UserInvitationSchema.index({ tokenId: 1 }, { unique: true });
UserInvitationSchema.index({ tokenExpiresAt: 1 }, { expireAfterSeconds: 0 });
