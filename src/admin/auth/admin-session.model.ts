import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { ObjectId } from 'mongodb';
import { Schema as MongooseSchema } from 'mongoose';

export const LOGIN_WAYS = ['local-userpass', 'api-key', 'mongodb-cloud'] as const;

export type LoginWay = (typeof LOGIN_WAYS)[number];

/** One login of an administrator or of a key. Ended by removing it. */
@Schema({ collection: 'admin_sessions', versionKey: false })
export class AdminSession {
  declare _id: ObjectId;

  /** The Administrator, or the AdminKey where a key logged in. */
  @Prop({ type: MongooseSchema.Types.ObjectId, required: true })
  owner!: ObjectId;

  @Prop({ type: String, required: true, enum: ['administrator', 'key'] })
  ownerKind!: 'administrator' | 'key';

  @Prop({ type: String, required: true, enum: LOGIN_WAYS })
  way!: LoginWay;

  /** Of the administrator when it was opened; 0 for a key. */
  @Prop({ type: Number, required: true })
  epoch!: number;

  /** SHA-256 of the refresh token, which itself is stored nowhere. */
  @Prop({ type: Buffer, required: true })
  refreshTokenHash!: Buffer;

  /** SHA-256 of the cookie, where the login asked for one. */
  @Prop({ type: Buffer })
  cookieHash?: Buffer;

  @Prop({ type: String, required: true })
  ip!: string;

  @Prop({ type: String })
  userAgent?: string;

  @Prop({ type: Date, required: true })
  createdAt!: Date;

  @Prop({ type: Date, required: true })
  lastUsedAt!: Date;

  @Prop({ type: Date, required: true })
  expiresAt!: Date;
}

export const AdminSessionSchema = SchemaFactory.createForClass(AdminSession);
AdminSessionSchema.index({ refreshTokenHash: 1 }, { unique: true });
AdminSessionSchema.index(
  { cookieHash: 1 },
  { unique: true, partialFilterExpression: { cookieHash: { $exists: true } } },
);
AdminSessionSchema.index({ owner: 1, _id: 1 });
AdminSessionSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
