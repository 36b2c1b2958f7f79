import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import { ObjectId } from 'mongodb';
import { Schema as MongooseSchema } from 'mongoose';

/** One way in. Kept inside its user, so that a login reads one document and a link writes one. */
@Schema({ _id: false, versionKey: false })
export class Identity {
  /**
   * `<provider name>:<subject>`, unique per app. Made from the name, not the id of the provider's record: deleting and making
   * a provider again loses nobody. The subject of an email identity is the normalised address.
   */
  @Prop({ type: String, required: true })
  key!: string;

  /** `id` on the wire. Made here for anonymous and email identities, the foreign subject for the others. */
  @Prop({ type: String, required: true })
  id!: string;

  /** The provider's type, such as `local-userpass`. */
  @Prop({ type: String, required: true })
  provider!: string;

  @Prop({ type: MongooseSchema.Types.ObjectId, required: true })
  providerId!: ObjectId;

  /** What this provider says of the person: `email`, `name`, …; strings only, SDKs cast them. */
  @Prop({ type: MongooseSchema.Types.Mixed, required: true })
  data!: Record<string, string>;

  /**
   * The normalised address that is known to be this person's: a mail to it was answered, or the provider vouched for it at
   * the last login.
   */
  @Prop({ type: String })
  verifiedEmail?: string;

  /** The password hash, sealed with the master key. Email identities only. */
  @Prop({ type: Buffer, select: false })
  sealedSecret?: Buffer;

  @Prop({ type: Date, required: true })
  createdAt!: Date;
}

export const IdentitySchema = SchemaFactory.createForClass(Identity);
