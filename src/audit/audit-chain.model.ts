import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { ObjectId } from 'mongodb';
import { Schema as MongooseSchema } from 'mongoose';

/** The two ends of a trail: all instances append to it by changing this one document. */
@Schema({ collection: 'audit_chains', versionKey: false })
export class AuditChain {
  /** Of the app or the group. */
  declare _id: ObjectId;

  @Prop({ type: MongooseSchema.Types.ObjectId })
  app?: ObjectId;

  /** Of the newest entry; 0 where there is none yet. */
  @Prop({ type: Number, required: true })
  seq!: number;

  @Prop({ type: String, required: true })
  hash!: string;

  /** The oldest entry that is still kept, and what its `previous` is. */
  @Prop({ type: Number, required: true })
  first!: number;

  @Prop({ type: String, required: true })
  firstPrevious!: string;

  /** Over all of the above. */
  @Prop({ type: String, required: true })
  seal!: string;
}

export const AuditChainSchema = SchemaFactory.createForClass(AuditChain);
AuditChainSchema.index({ app: 1 }, { sparse: true });
