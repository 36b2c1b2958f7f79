import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import { ObjectId } from 'mongodb';
import { Schema as MongooseSchema } from 'mongoose';
import type { DeviceInfo } from './device.js';

/** Why a session is over. */
export type EndReason = 'logout' | 'revoked' | 'disabled' | 'deleted' | 'idle' | 'reused' | 'moved';

/** The identity that a session was opened with. */
export interface SessionIdentity {
  id: string;
  provider: string;
  providerId: ObjectId;
}

/** Which refresh token of a session is good, and since when. */
export interface Rotation {
  count: number;
  at: Date;
}

/** One login on one device. The truth about it: every token names its session, and is worth what the session is worth. */
@Schema({ collection: 'sessions', versionKey: false })
export class Session {
  declare _id: ObjectId;

  @Prop({ type: MongooseSchema.Types.ObjectId, required: true })
  app!: ObjectId;

  @Prop({ type: MongooseSchema.Types.ObjectId, required: true })
  user!: ObjectId;

  @Prop({ type: MongooseSchema.Types.Mixed, required: true })
  identity!: SessionIdentity;

  /** Of the user when it was opened: lower than the user's now means revoked. */
  @Prop({ type: Number, required: true })
  epoch!: number;

  /** `sessionRound` of the user when it was opened, or since the others were ended; absent for none. */
  @Prop({ type: Number })
  round?: number;

  /** SHA-256 of the refresh token, which itself is stored nowhere. Of the first one, where they rotate. */
  @Prop({ type: Buffer, required: true })
  refreshTokenHash!: Buffer;

  /** Only where each refresh token is good for one refresh. */
  @Prop({ type: MongooseSchema.Types.Mixed })
  rotation?: Rotation;

  @Prop({ type: MongooseSchema.Types.ObjectId, required: true })
  device!: ObjectId;

  @Prop({ type: MongooseSchema.Types.Mixed, required: true })
  deviceInfo!: DeviceInfo;

  @Prop({ type: String, required: true })
  ip!: string;

  @Prop({ type: String })
  userAgent?: string;

  /** Where its last refresh came from; absent where that was where the login did. */
  @Prop({ type: String })
  lastIp?: string;

  @Prop({ type: String })
  lastUserAgent?: string;

  @Prop({ type: Date, required: true })
  createdAt!: Date;

  @Prop({ type: Date, required: true })
  lastUsedAt!: Date;

  /** End of the refresh token. */
  @Prop({ type: Date, required: true })
  expiresAt!: Date;

  @Prop({ type: Date })
  endedAt?: Date;

  @Prop({ type: String })
  endReason?: EndReason;

  /** Of `BatchedWrites`, which ended it together with others. */
  @Prop({ type: MongooseSchema.Types.ObjectId })
  batch?: ObjectId;

  /** When the record itself goes: once no access token made in it can be alive. */
  @Prop({ type: Date, required: true })
  removeAt!: Date;
}

export const SessionSchema = SchemaFactory.createForClass(Session);
SessionSchema.index({ refreshTokenHash: 1 }, { unique: true });
SessionSchema.index({ app: 1, user: 1, _id: 1 });
// Administrators search users by the id of a device.
SessionSchema.index({ app: 1, device: 1 });
// What was revoked lately is read when an instance starts (revocations/).
SessionSchema.index({ endedAt: 1 }, { partialFilterExpression: { endedAt: { $exists: true } } });
SessionSchema.index({ removeAt: 1 }, { expireAfterSeconds: 0 });
