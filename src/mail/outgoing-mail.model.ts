import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { ObjectId } from 'mongodb';
import { Schema as MongooseSchema } from 'mongoose';

/**
 * `waiting` to be sent; `sent`; `refused` by the receiving side; `expired` before it could be sent; `withdrawn`, since a newer
 * one took its place or its link was used; `kept` in the inbox.
 */
export const MAIL_STATES = ['waiting', 'sent', 'refused', 'expired', 'withdrawn', 'kept'] as const;

export type MailState = (typeof MAIL_STATES)[number];

/** One mail. Its body is here only while somebody has to get it. */
@Schema({ collection: 'mails', versionKey: false })
export class OutgoingMail {
  declare _id: ObjectId;

  @Prop({ type: MongooseSchema.Types.ObjectId, required: true })
  app!: ObjectId;

  @Prop({ type: String, required: true })
  topic!: string;

  @Prop({ type: String, required: true })
  to!: string;

  @Prop({ type: String, required: true })
  subject!: string;

  /** `{text, html}` as JSON, sealed: there are links in it that let people in. */
  @Prop({ type: Buffer })
  sealedBody?: Buffer;

  @Prop({ type: String, required: true, enum: MAIL_STATES })
  state!: MailState;

  @Prop({ type: Number, required: true })
  attempts!: number;

  /** Of the last try that failed: codes only. */
  @Prop({ type: String })
  problem?: string;

  /** While it waits: when it is tried next. Whoever tries it moves this on, and so has it for himself until then. */
  @Prop({ type: Date })
  dueAt?: Date;

  /** Of the try that runs. */
  @Prop({ type: MongooseSchema.Types.ObjectId })
  lease?: ObjectId;

  /** When the body goes, whatever became of it. */
  @Prop({ type: Date })
  expiresAt?: Date;

  @Prop({ type: Date, required: true })
  createdAt!: Date;

  @Prop({ type: Date })
  doneAt?: Date;

  @Prop({ type: Date, required: true })
  removeAt!: Date;
}

export const OutgoingMailSchema = SchemaFactory.createForClass(OutgoingMail);
OutgoingMailSchema.index({ app: 1, _id: -1 });
OutgoingMailSchema.index({ app: 1, topic: 1 });
// Whoever is deleted takes their mails along.
OutgoingMailSchema.index({ app: 1, to: 1 });
OutgoingMailSchema.index({ dueAt: 1 }, { sparse: true });
OutgoingMailSchema.index({ expiresAt: 1 }, { sparse: true });
OutgoingMailSchema.index({ removeAt: 1 }, { expireAfterSeconds: 0 });
