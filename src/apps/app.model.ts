import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import { ObjectId } from 'mongodb';
import { Schema as MongooseSchema } from 'mongoose';
import { LOCALES, type Locale } from '../mail/templates/locale.js';
import type { AllMailTexts } from '../mail/templates/own-texts.js';
import type { AccessEntry } from './access-list.js';

/** Where an app was said to run. Kept and given back; this server runs where it runs. */
export interface Deployment {
  location: string;
  deploymentModel: string;
  providerRegion: string;
  environment: string;
  product: string;
}

/** admin-api.md section 8. The object itself is on the user; these say whether tokens carry it, the rest is an echo. */
export interface CustomUserDataSettings {
  enabled: boolean;
  mongoServiceId: string;
  databaseName: string;
  collectionName: string;
  userIdField: string;
  onUserCreationFunctionId: string;
}

/** A tenant. Everything else belongs to one, and nothing of one is seen through another. */
@Schema({ collection: 'apps', versionKey: false })
export class App {
  declare _id: ObjectId;

  /** Whose administrators look after it. */
  @Prop({ type: MongooseSchema.Types.ObjectId, required: true })
  group!: ObjectId;

  /** `shop-abcde`: what clients put into the URL. */
  @Prop({ type: String, required: true })
  clientAppId!: string;

  @Prop({ type: String, required: true })
  name!: string;

  /** `domain_id` on the wire; the original kept apps and their user domains apart. */
  @Prop({ type: MongooseSchema.Types.ObjectId, required: true })
  domain!: ObjectId;

  /** `scheme://host[:port]` of the web pages that may call; none means any. */
  @Prop({ type: [String], required: true })
  allowedOrigins!: string[];

  @Prop({ type: Number, required: true })
  accessTokenSeconds!: number;

  /** While tokens may live that were made before `accessTokenSeconds` was lowered. */
  @Prop({ type: MongooseSchema.Types.Mixed })
  longerAccessTokens?: { seconds: number; until: Date };

  @Prop({ type: Number, required: true })
  refreshTokenSeconds!: number;

  /** Whether a refresh token stays for the life of its session, or each is good for one refresh; stable where absent. */
  @Prop({ type: String, enum: ['stable', 'rotating'] })
  refreshMode?: 'stable' | 'rotating';

  /** A session ends when it was not refreshed for so long; absent or 0: never. */
  @Prop({ type: Number })
  sessionIdleSeconds?: number;

  /** A session ends so long after its login, whatever happens; absent or 0: never. */
  @Prop({ type: Number })
  sessionAbsoluteSeconds?: number;

  /** By how much, at most, access tokens are made to live shorter, each by chance; absent or 0: not at all. */
  @Prop({ type: Number })
  accessTokenJitterPercent?: number;

  /** What becomes of a session that is refreshed from another network by another program; `audit` where absent. */
  @Prop({ type: String, enum: ['audit', 'end'] })
  movedSession?: 'audit' | 'end';

  /** 32 random bytes that sign this app's refresh tokens (HS256), sealed with the master key. */
  @Prop({ type: Buffer, required: true })
  sealedRefreshSecret!: Buffer;

  /** Whose client requests are taken. */
  @Prop({ type: MongooseSchema.Types.Mixed, required: true })
  accessList!: AccessEntry[];

  @Prop({ type: MongooseSchema.Types.Mixed, required: true })
  customUserData!: CustomUserDataSettings;

  /** Whether an administrator's check of an access token asks if its session still lives, or only if it is genuine. */
  @Prop({ type: String, required: true, enum: ['strict', 'lax'] })
  revocation!: 'strict' | 'lax';

  /** Of the keys that are made from now on; ES256 where absent. */
  @Prop({ type: String, enum: ['ES256', 'RS256'] })
  signingAlgorithm?: 'ES256' | 'RS256';

  /** After so many days another key takes over by itself; absent or 0: only by hand. */
  @Prop({ type: Number })
  signingKeyDays?: number;

  /** Whether a first login joins the one user who has the same verified address; not where absent. */
  @Prop({ type: Boolean })
  linkByVerifiedEmail?: boolean;

  /** Whom mails of this app are from; absent or empty: the server's own sender. */
  @Prop({ type: String })
  mailSender?: string;

  /** Of mails to people whose language is not known. */
  @Prop({ type: String, enum: LOCALES })
  mailLocale?: Locale;

  /** What its mails say in place of what we say. */
  @Prop({ type: MongooseSchema.Types.Mixed })
  mailTexts?: AllMailTexts;

  @Prop({ type: MongooseSchema.Types.Mixed, required: true })
  deployment!: Deployment;

  @Prop({ type: Date, required: true })
  createdAt!: Date;

  @Prop({ type: Date, required: true })
  modifiedAt!: Date;
}

export const AppSchema = SchemaFactory.createForClass(App);
AppSchema.index({ clientAppId: 1 }, { unique: true });
AppSchema.index({ domain: 1 }, { unique: true });
AppSchema.index({ group: 1, _id: 1 });

/** How long an access token that was made up to now can be good. */
export function longestAccessTokenSeconds({ accessTokenSeconds, longerAccessTokens: longer }: App, now: Date): number {
  return longer && longer.until > now ? Math.max(longer.seconds, accessTokenSeconds) : accessTokenSeconds;
}
