import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { ObjectId } from 'mongodb';

/** What apps and administrators' roles belong to; the original called it a project. */
@Schema({ collection: 'groups', versionKey: false })
export class Group {
  declare _id: ObjectId;

  @Prop({ type: String, required: true })
  name!: string;

  /** Set on the one that was made by the first run: where apps go that name no group. */
  @Prop({ type: Boolean })
  isDefault?: true;

  /** Raised by everything that takes an owner away, so that two such changes at once meet in one document. */
  @Prop({ type: Number, required: true })
  ownersVersion!: number;

  @Prop({ type: Date, required: true })
  createdAt!: Date;
}

export const GroupSchema = SchemaFactory.createForClass(Group);
GroupSchema.index({ isDefault: 1 }, { unique: true, partialFilterExpression: { isDefault: { $exists: true } } });
