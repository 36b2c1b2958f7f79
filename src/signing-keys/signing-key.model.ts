import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { ObjectId } from 'mongodb';
import { Schema as MongooseSchema } from 'mongoose';

export type SigningAlgorithm = 'ES256' | 'RS256';

/** A key pair that signs an app's access tokens: the next one, the current one, or one of before. */
@Schema({ collection: 'signing_keys', versionKey: false })
export class SigningKey {
  declare _id: ObjectId;

  @Prop({ type: MongooseSchema.Types.ObjectId, required: true })
  app!: ObjectId;

  /** Names the key in token headers and in the JWKS. */
  @Prop({ type: String, required: true })
  kid!: string;

  @Prop({ type: String, required: true })
  algorithm!: SigningAlgorithm;

  /** PKCS #8 in DER, sealed with the master key. */
  @Prop({ type: Buffer, required: true })
  sealedPrivateKey!: Buffer;

  /** RFC 7517, without `kid`, `alg` and `use`. */
  @Prop({ type: MongooseSchema.Types.Mixed, required: true })
  publicJwk!: Record<string, string>;

  @Prop({ type: Date, required: true })
  createdAt!: Date;

  /** Counts an app's keys: the index lets one of several rotations at once win. Absent in an app's first, as 0. */
  @Prop({ type: Number })
  generation?: number;

  /** When it signs its first token: later than it is published. Absent where that was at once. */
  @Prop({ type: Date })
  usedFrom?: Date;

  /** Given up in an emergency: nothing that it signed is good from then on. */
  @Prop({ type: Date })
  retiredAt?: Date;

  /** When the last token that it signed has expired; absent while it may sign. Then it is published no more, and goes. */
  @Prop({ type: Date })
  removeAt?: Date;
}

export const SigningKeySchema = SchemaFactory.createForClass(SigningKey);
SigningKeySchema.index({ kid: 1 }, { unique: true });
SigningKeySchema.index({ app: 1, createdAt: -1 });
SigningKeySchema.index({ app: 1, generation: 1 }, { unique: true });
SigningKeySchema.index({ removeAt: 1 }, { expireAfterSeconds: 0 });
