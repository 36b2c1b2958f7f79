import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { ObjectId } from 'mongodb';
import { Schema as MongooseSchema } from 'mongoose';
import type { Actor, Outcome } from './event-types.js';

/** What tells who somebody is, and from where: it goes when the user goes. */
export interface Personal {
  /** Makes `personalHash` of no use to whoever guesses what was erased. */
  salt: string;
  name?: string;
  ip?: string;
  userAgent?: string;
}

/** An entry of a trail. It never changes, but `personal` is taken away when its user is deleted. */
@Schema({ collection: 'audit_events', versionKey: false })
export class AuditEvent {
  declare _id: ObjectId;

  /** The id of the app or the group whose trail it is in. */
  @Prop({ type: MongooseSchema.Types.ObjectId, required: true })
  chain!: ObjectId;

  /** Only in an app's trail, with which it goes. */
  @Prop({ type: MongooseSchema.Types.ObjectId })
  app?: ObjectId;

  /** 1, 2, 3 … in its trail. */
  @Prop({ type: Number, required: true })
  seq!: number;

  @Prop({ type: Date, required: true })
  at!: Date;

  @Prop({ type: String, required: true })
  type!: string;

  @Prop({ type: String, required: true })
  outcome!: Outcome;

  @Prop({ type: String })
  errorCode?: string;

  @Prop({ type: MongooseSchema.Types.Mixed, required: true })
  actor!: Pick<Actor, 'kind' | 'id'>;

  @Prop({ type: String })
  user?: string;

  @Prop({ type: String })
  identity?: string;

  @Prop({ type: String })
  provider?: string;

  @Prop({ type: MongooseSchema.Types.Mixed })
  details?: Record<string, string>;

  @Prop({ type: MongooseSchema.Types.Mixed })
  personal?: Personal;

  @Prop({ type: String, required: true })
  personalHash!: string;

  /** `hash` of the entry before, empty in the first one. */
  @Prop({ type: String, required: true })
  previous!: string;

  @Prop({ type: String, required: true })
  hash!: string;
}

export const AuditEventSchema = SchemaFactory.createForClass(AuditEvent);
AuditEventSchema.index({ chain: 1, seq: 1 }, { unique: true });
AuditEventSchema.index({ chain: 1, type: 1, seq: 1 });
AuditEventSchema.index({ chain: 1, user: 1, seq: 1 });
AuditEventSchema.index({ chain: 1, 'actor.id': 1, seq: 1 });
AuditEventSchema.index({ chain: 1, at: 1, seq: 1 });
AuditEventSchema.index({ identity: 1 }, { sparse: true });
