import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { ObjectId } from 'mongodb';
import { Schema as MongooseSchema } from 'mongoose';

/** What stays of a deleted user while an access token of it may be alive: enough to say that it is revoked. */
@Schema({ collection: 'deleted_users', versionKey: false })
export class DeletedUser {
  /** That of the user. */
  declare _id: ObjectId;

  @Prop({ type: MongooseSchema.Types.ObjectId, required: true })
  app!: ObjectId;

  /** Above that of every token the user ever had. */
  @Prop({ type: Number, required: true })
  epoch!: number;

  @Prop({ type: Date, required: true })
  revokedAt!: Date;

  @Prop({ type: Date, required: true })
  removeAt!: Date;
}

export const DeletedUserSchema = SchemaFactory.createForClass(DeletedUser);
DeletedUserSchema.index({ app: 1 });
DeletedUserSchema.index({ removeAt: 1 }, { expireAfterSeconds: 0 });
