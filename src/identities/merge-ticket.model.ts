import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { ObjectId } from 'mongodb';
import { Schema as MongooseSchema } from 'mongoose';

/** That somebody who is logged in as one user has just shown to be another one too. */
@Schema({ collection: 'merge_tickets', versionKey: false })
export class MergeTicket {
  declare _id: ObjectId;

  @Prop({ type: MongooseSchema.Types.ObjectId, required: true })
  app!: ObjectId;

  /** Who was logged in. */
  @Prop({ type: MongooseSchema.Types.ObjectId, required: true })
  survivor!: ObjectId;

  /** Whose identity was to be linked. */
  @Prop({ type: MongooseSchema.Types.ObjectId, required: true })
  other!: ObjectId;

  /** Of the other user then: what was revoked since proves nothing. */
  @Prop({ type: Number, required: true })
  epoch!: number;

  /** SHA-256. */
  @Prop({ type: Buffer, required: true })
  ticketHash!: Buffer;

  @Prop({ type: Date, required: true })
  expiresAt!: Date;
}

export const MergeTicketSchema = SchemaFactory.createForClass(MergeTicket);
MergeTicketSchema.index({ ticketHash: 1 }, { unique: true });
MergeTicketSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
