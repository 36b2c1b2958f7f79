import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import { ObjectId } from 'mongodb';
import { Schema as MongooseSchema } from 'mongoose';
import { IdentitySchema, type Identity } from './identity.schema.js';

/** A person, or a server behind a server key. Comes into being at the first login. */
@Schema({ collection: 'users', versionKey: false, minimize: false })
export class User {
  declare _id: ObjectId;

  @Prop({ type: MongooseSchema.Types.ObjectId, required: true })
  app!: ObjectId;

  @Prop({ type: String, required: true, enum: ['normal', 'server'] })
  type!: 'normal' | 'server';

  /** The union of what the identities say, later ones over earlier ones. */
  @Prop({ type: MongooseSchema.Types.Mixed, required: true })
  data!: Record<string, string>;

  /** Oldest first. */
  @Prop({ type: [IdentitySchema], required: true })
  identities!: Identity[];

  /** See search-keys.ts. */
  @Prop({ type: [String], required: true })
  searchKeys!: string[];

  /** What the application stores with the user; claim `user_data` of the access token. */
  @Prop({ type: MongooseSchema.Types.Mixed })
  customData?: Record<string, unknown>;

  /** Raised with each change of it; absent before the first. */
  @Prop({ type: Number })
  customDataVersion?: number;

  /** Raised to revoke everything at once: a session or token made under a lower epoch is dead. */
  @Prop({ type: Number, required: true })
  epoch!: number;

  /** Raised to end all sessions but one, whose round is raised with it: a session of a lower round is dead. */
  @Prop({ type: Number })
  sessionRound?: number;

  /** When `epoch` was last raised. */
  @Prop({ type: Date })
  revokedAt?: Date;

  /** Ids of users who were merged into this one, the latest last. */
  @Prop({ type: [MongooseSchema.Types.ObjectId], default: undefined })
  previousIds?: ObjectId[];

  @Prop({ type: Boolean, required: true })
  disabled!: boolean;

  @Prop({ type: Date, required: true })
  createdAt!: Date;

  @Prop({ type: Date })
  lastLoginAt?: Date;
}

export const UserSchema = SchemaFactory.createForClass(User);
// Partial, so that a user whose last identity was removed does not clash with another such user.
UserSchema.index(
  { app: 1, 'identities.key': 1 },
  { unique: true, partialFilterExpression: { 'identities.key': { $exists: true } } },
);
// Whom a login may join by a verified address (identities.service.ts).
UserSchema.index(
  { app: 1, 'identities.verifiedEmail': 1 },
  { partialFilterExpression: { 'identities.verifiedEmail': { $exists: true } } },
);
// What administrators list and search by (user-list.service.ts).
UserSchema.index({ app: 1, _id: 1 });
UserSchema.index({ app: 1, createdAt: 1, _id: 1 });
UserSchema.index({ app: 1, 'identities.provider': 1, _id: 1 });
UserSchema.index({ app: 1, searchKeys: 1, _id: 1 });
UserSchema.index({ previousIds: 1 }, { sparse: true });
UserSchema.index({ app: 1, disabled: 1, _id: 1 }, { partialFilterExpression: { disabled: true } });
UserSchema.index({ app: 1, type: 1, _id: 1 }, { partialFilterExpression: { type: 'server' } });
// What was revoked lately is read when an instance starts (revocations/).
UserSchema.index({ revokedAt: 1 }, { partialFilterExpression: { revokedAt: { $exists: true } } });
