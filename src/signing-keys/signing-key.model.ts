import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { ObjectId } from 'mongodb';
import { Schema as MongooseSchema } from 'mongoose';

/** The key pair that signs an app's access tokens. */
@Schema({ collection: 'signing_keys', versionKey: false })
export class SigningKey {
  declare _id: ObjectId;

  @Prop({ type: MongooseSchema.Types.ObjectId, required: true })
  app!: ObjectId;

  /** Names the key in token headers and in the JWKS. */
  @Prop({ type: String, required: true })
  kid!: string;

  @Prop({ type: String, required: true })
  algorithm!: 'ES256';

  /** PKCS #8 in DER, sealed with the master key. */
  @Prop({ type: Buffer, required: true })
  sealedPrivateKey!: Buffer;

  /** RFC 7517, without `kid`, `alg` and `use`. */
  @Prop({ type: MongooseSchema.Types.Mixed, required: true })
  publicJwk!: Record<string, string>;

  @Prop({ type: Date, required: true })
  createdAt!: Date;
}

export const SigningKeySchema = SchemaFactory.createForClass(SigningKey);
SigningKeySchema.index({ kid: 1 }, { unique: true });
SigningKeySchema.index({ app: 1, createdAt: -1 });
