import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { ObjectId } from 'mongodb';
import { Schema as MongooseSchema } from 'mongoose';

/** Whom a new identity is for. */
export interface LinkTarget {
  user: string;
  session: string;
}

/**
 * What came of a login that was tried: who it was and what would be stored, or in words why it was nobody. The user is who has
 * the identity, or whom a first login would join.
 */
export type TrialOutcome =
  | { subject: string; data: [name: string, value: string][]; userId?: string | undefined; joins?: boolean }
  | { problem: string };

/**
 * A login by redirect that is under way: while its page is open (`offered`, links only), and while the browser is at the
 * identity provider (`away`); and what came of one that was tried (`tried`). Taken out by whoever brings both the secret and the cookie, once.
 */
@Schema({ collection: 'login_states', versionKey: false })
export class LoginState {
  declare _id: ObjectId;

  @Prop({ type: MongooseSchema.Types.ObjectId, required: true })
  app!: ObjectId;

  @Prop({ type: String, required: true })
  providerName!: string;

  /** The record, so that a provider of the same name that was made since is another one. */
  @Prop({ type: MongooseSchema.Types.ObjectId, required: true })
  providerId!: ObjectId;

  @Prop({ type: String, required: true, enum: ['offered', 'away', 'tried'] })
  stage!: 'offered' | 'away' | 'tried';

  /** SHA-256 of the ticket in the page's address, then of `state`. */
  @Prop({ type: Buffer, required: true })
  secretHash!: Buffer;

  /** SHA-256 of the cookie of the one browser that may go on. */
  @Prop({ type: Buffer })
  browserHash?: Buffer;

  /** Where the app wants the browser back; it stood in the provider's list. */
  @Prop({ type: String, required: true })
  redirect!: string;

  /** The app's own `state`, given back as it came. */
  @Prop({ type: String, required: true })
  clientState!: string;

  /** As it came, base64. */
  @Prop({ type: String })
  device?: string;

  @Prop({ type: MongooseSchema.Types.Mixed })
  link?: LinkTarget;

  /** It ends with a look at what would be stored. */
  @Prop({ type: Boolean })
  isTrial?: boolean;

  @Prop({ type: MongooseSchema.Types.Mixed })
  outcome?: TrialOutcome;

  @Prop({ type: Date, required: true })
  expiresAt!: Date;
}

export const LoginStateSchema = SchemaFactory.createForClass(LoginState);
LoginStateSchema.index({ secretHash: 1 }, { unique: true });
LoginStateSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
