import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { ObjectId } from 'mongodb';
import { Schema as MongooseSchema } from 'mongoose';
import type { GroupRole } from './roles.js';

/** A person who looks after groups. No user of any app: nothing here is seen by the client API. */
@Schema({ collection: 'administrators', versionKey: false })
export class Administrator {
  declare _id: ObjectId;

  /** The normalised address. */
  @Prop({ type: String, required: true })
  emailKey!: string;

  /** As it was typed. */
  @Prop({ type: String, required: true })
  email!: string;

  @Prop({ type: String })
  displayName?: string;

  @Prop({ type: Buffer, required: true })
  sealedPassword!: Buffer;

  /** A second factor that is on. */
  @Prop({ type: MongooseSchema.Types.Mixed })
  totp?: {
    sealedSecret: Buffer;
    /** The 30 seconds whose code was used last: older ones and that one are used up. */
    lastStep: number;
    /** SHA-256 of the codes for when the app is lost, as hex; a used one is gone. */
    recoveryHashes: string[];
    enabledAt: Date;
  };

  /** One that waits for its first code. */
  @Prop({ type: MongooseSchema.Types.Mixed })
  pendingTotp?: { sealedSecret: Buffer; createdAt: Date };

  /** At most one per group. */
  @Prop({ type: [MongooseSchema.Types.Mixed], required: true })
  roles!: GroupRole[];

  /** Raised to end all sessions at once: one that was opened under a lower epoch is dead. */
  @Prop({ type: Number, required: true })
  epoch!: number;

  @Prop({ type: Boolean, required: true })
  disabled!: boolean;

  @Prop({ type: Date, required: true })
  createdAt!: Date;

  @Prop({ type: Date })
  lastLoginAt?: Date;
}

export const AdministratorSchema = SchemaFactory.createForClass(Administrator);
AdministratorSchema.index({ emailKey: 1 }, { unique: true });
AdministratorSchema.index({ 'roles.groupId': 1 });
