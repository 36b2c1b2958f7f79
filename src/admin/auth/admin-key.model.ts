import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { ObjectId } from 'mongodb';
import { Schema as MongooseSchema } from 'mongoose';
import { ROLES, type Role } from './roles.js';

/** A key pair that a program logs in with, in one group and with one role. */
@Schema({ collection: 'admin_keys', versionKey: false })
export class AdminKey {
  declare _id: ObjectId;

  @Prop({ type: MongooseSchema.Types.ObjectId, required: true })
  group!: ObjectId;

  @Prop({ type: String, required: true })
  name!: string;

  @Prop({ type: String, required: true, enum: ROLES })
  role!: Role;

  @Prop({ type: String, required: true })
  publicKey!: string;

  /** SHA-256 of the private key, which itself is stored nowhere. */
  @Prop({ type: Buffer, required: true })
  privateKeyHash!: Buffer;

  /** The administrator, or the key, that made it. */
  @Prop({ type: MongooseSchema.Types.ObjectId, required: true })
  createdBy!: ObjectId;

  @Prop({ type: Date, required: true })
  createdAt!: Date;

  @Prop({ type: Date })
  lastLoginAt?: Date;
}

export const AdminKeySchema = SchemaFactory.createForClass(AdminKey);
AdminKeySchema.index({ publicKey: 1 }, { unique: true });
AdminKeySchema.index({ privateKeyHash: 1 }, { unique: true });
AdminKeySchema.index({ group: 1, _id: 1 });
