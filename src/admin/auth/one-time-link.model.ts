import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { ObjectId } from 'mongodb';
import { Schema as MongooseSchema } from 'mongoose';
import { ROLES, type Role } from './roles.js';

/** A link that makes an administrator, once. Used up by removing it. */
@Schema({ collection: 'admin_links', versionKey: false })
export class OneTimeLink {
  declare _id: ObjectId;

  /** `setup` makes the first administrator, `invitation` brings one into a group. */
  @Prop({ type: String, required: true, enum: ['setup', 'invitation'] })
  purpose!: 'setup' | 'invitation';

  /** SHA-256 of the token in the link. */
  @Prop({ type: Buffer, required: true })
  tokenHash!: Buffer;

  /** The rest is there for an invitation only. */
  @Prop({ type: MongooseSchema.Types.ObjectId })
  group?: ObjectId;

  @Prop({ type: String })
  emailKey?: string;

  @Prop({ type: String })
  email?: string;

  @Prop({ type: String, enum: ROLES })
  role?: Role;

  @Prop({ type: Date, required: true })
  createdAt!: Date;

  @Prop({ type: Date, required: true })
  expiresAt!: Date;
}

export const OneTimeLinkSchema = SchemaFactory.createForClass(OneTimeLink);
OneTimeLinkSchema.index({ tokenHash: 1 }, { unique: true });
// One invitation per address and group: a new one voids the old.
OneTimeLinkSchema.index(
  { group: 1, emailKey: 1 },
  { unique: true, partialFilterExpression: { emailKey: { $exists: true } } },
);
OneTimeLinkSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
