import { randomInt, type KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { ObjectId } from 'mongodb';
import type { App } from '../apps/app.model.js';
import { AppsService } from '../apps/apps.service.js';
import { Clock } from '../common/clock.js';
import { Config } from '../config/config.js';
import { randomToken } from '../crypto/tokens.js';
import { issuerOf } from '../signing-keys/issuer.js';
import { SigningKeysService } from '../signing-keys/signing-keys.service.js';
import type { LiveUser } from './live-session.js';
import type { Session } from './session.model.js';
import { InvalidSession } from './sessions.errors.js';

/** What both tokens of a session say about it. Ids are 24-hex strings. */
export interface TokenSubject {
  sessionId: string;
  deviceId: string;
  user: LiveUser;
  /** Of the session: when the user's is higher already, the token is dead from the start, for offline verifiers too. */
  epoch: number;
  /** Milliseconds. No access token outlives it. */
  sessionEndsAt: number;
}

/** What a rotating refresh token says: whose turn it is. */
export interface RefreshTurn {
  app: App;
  sessionId: ObjectId;
  count: number;
}

/** The verified claims of an access token. Times in whole seconds. */
export interface AccessClaims {
  sub: string;
  sid: string;
  epoch: number;
  exp: number;
}

interface Header {
  alg?: unknown;
  kid?: unknown;
  crit?: unknown;
}

const OBJECT_ID = /^[0-9a-f]{24}$/;
/** Longer than any token of ours; what is longer is not looked at. */
const MAX_TOKEN_LENGTH = 16_384;

/** Makes and checks the tokens of client-api.md section 8. Whether a genuine token is still good is the session's matter. */
@Injectable()
export class TokensService {
  constructor(
    private readonly jwt: JwtService,
    private readonly apps: AppsService,
    private readonly signingKeys: SigningKeysService,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  /** @returns an ES256 JWT and the millisecond it ends */
  async makeAccessToken(
    app: App,
    { sessionId, deviceId, user, epoch, sessionEndsAt }: TokenSubject,
  ): Promise<{ token: string; expiresAt: number }> {
    const key = await this.signingKeys.currentOf(app);
    const iat = this.#nowSeconds();
    const exp = Math.min(iat + accessSecondsOf(app), Math.ceil(sessionEndsAt / 1_000));
    const domainId = app.domain.toHexString();
    const claims = {
      iss: issuerOf(this.config, app),
      aud: app.clientAppId,
      sub: user.id,
      typ: 'access',
      iat,
      exp,
      jti: randomToken(16),
      sid: sessionId,
      epoch,
      baas_id: sessionId,
      baas_device_id: deviceId,
      baas_domain_id: domainId,
      stitch_devId: deviceId,
      stitch_domainId: domainId,
      ...(app.customUserData.enabled && user.customData ? { user_data: user.customData } : {}),
    };
    const token = this.jwt.sign(claims, { privateKey: key.privateKey, algorithm: key.algorithm, keyid: key.kid });
    return { token, expiresAt: exp * 1_000 };
  }

  /**
   * @returns an HS256 JWT under the app's own secret. Where refresh tokens rotate it is the one whose turn it is, the same at
   * each call; else there is one for the life of the session
   */
  makeRefreshToken(app: App, session: Omit<Session, 'refreshTokenHash'>): string {
    const deviceId = session.device.toHexString();
    const domainId = app.domain.toHexString();
    const { id, provider, providerId } = session.identity;
    const identity = { id, provider_type: provider, provider_id: providerId.toHexString() };
    const claims = {
      sub: session.user.toHexString(),
      typ: 'refresh',
      iat: Math.floor((session.rotation?.at ?? session.createdAt).getTime() / 1_000),
      exp: Math.floor(session.expiresAt.getTime() / 1_000),
      ...(session.rotation ? { refresh_count: session.rotation.count } : {}),
      baas_id: session._id.toHexString(),
      baas_device_id: deviceId,
      baas_domain_id: domainId,
      baas_data: null,
      baas_identity: identity,
      stitch_id: session._id.toHexString(),
      stitch_devId: deviceId,
      stitch_domainId: domainId,
      stitch_data: null,
      stitch_ident: identity,
    };
    return this.jwt.sign(claims, { privateKey: this.apps.refreshKeyOf(app), algorithm: 'HS256' });
  }

  /**
   * @returns the app that the token was made for, and its claims
   * @throws InvalidSession when it is expired, or not an access token that this server made under its present address
   */
  async verifyAccessToken(token: string): Promise<{ app: App; claims: AccessClaims }> {
    const header = headerOf(token);
    if (!header || typeof header.kid !== 'string' || 'crit' in header) throw InvalidSession.accessTokenRefused();
    const key = await this.signingKeys.findByKid(header.kid);
    const app = key && (await this.apps.findById(ObjectId.createFromHexString(key.appId)));
    if (!key || !app) throw InvalidSession.accessTokenRefused();
    let claims: Record<string, unknown>;
    try {
      claims = this.jwt.verify(token, {
        ...withKey(key.publicKey),
        algorithms: [key.algorithm],
        issuer: issuerOf(this.config, app),
        audience: app.clientAppId,
        clockTimestamp: this.#nowSeconds(),
      });
    } catch (error) {
      const expired = error instanceof Error && error.name === 'TokenExpiredError';
      throw expired ? InvalidSession.accessTokenExpired() : InvalidSession.accessTokenRefused();
    }
    if (!isAccess(claims)) throw InvalidSession.accessTokenRefused();
    return { app, claims };
  }

  /** True for a refresh token that this server signed once, whatever became of its session. */
  async isGenuineRefreshToken(token: string): Promise<boolean> {
    return (await this.#verifyRefreshToken(token)) !== null;
  }

  /**
   * Of a refresh token that rotates, by its signature alone.
   *
   * @returns undefined for what says of itself that it is another token; null where it is not ours
   */
  async findTurn(token: string): Promise<RefreshTurn | null | undefined> {
    const said = token.length > MAX_TOKEN_LENGTH ? null : this.#claimsSaidBy(token);
    if (typeof said !== 'object' || said === null || !('refresh_count' in said)) return undefined;
    const genuine = await this.#verifyRefreshToken(token);
    if (!genuine) return null;
    const { refresh_count: count, baas_id: sessionId } = genuine.claims;
    return { app: genuine.app, sessionId: ObjectId.createFromHexString(String(sessionId)), count: Number(count) };
  }

  /** Whenever it ended. */
  async #verifyRefreshToken(token: string): Promise<{ app: App; claims: Record<string, unknown> } | null> {
    if (!headerOf(token)) return null;
    const said = this.#claimsSaidBy(token);
    const domainId = typeof said === 'object' && said !== null && 'baas_domain_id' in said ? said.baas_domain_id : null;
    if (typeof domainId !== 'string' || !OBJECT_ID.test(domainId)) return null;
    const app = await this.apps.findByDomain(ObjectId.createFromHexString(domainId));
    if (!app) return null;
    try {
      const options = {
        ...withKey(this.apps.refreshKeyOf(app)),
        algorithms: ['HS256' as const],
        ignoreExpiration: true,
      };
      const claims: Record<string, unknown> = this.jwt.verify(token, options);
      return claims['typ'] === 'refresh' ? { app, claims } : null;
    } catch {
      return null;
    }
  }

  /** Unverified. Null also for claims that are no JSON, on which `decode` throws. */
  #claimsSaidBy(token: string): unknown {
    try {
      return this.jwt.decode(token);
    } catch {
      return null;
    }
  }

  #nowSeconds(): number {
    return Math.floor(this.clock.now().getTime() / 1_000);
  }
}

/** Jitter only shortens, so that many who logged in together do not all come back together. */
function accessSecondsOf({ accessTokenSeconds, accessTokenJitterPercent = 0 }: App): number {
  if (accessTokenJitterPercent === 0) return accessTokenSeconds;
  return accessTokenSeconds - randomInt(Math.floor((accessTokenSeconds * accessTokenJitterPercent) / 100) + 1);
}

/** @nestjs/jwt hands a KeyObject on as it is, as jsonwebtoken wants it; only its types do not know. */
function withKey(key: KeyObject): { secret: Buffer } {
  return { secret: key as unknown as Buffer };
}

function headerOf(token: string): Header | undefined {
  if (token.length > MAX_TOKEN_LENGTH) return undefined;
  const [header = ''] = token.split('.', 1);
  try {
    const parsed: unknown = JSON.parse(Buffer.from(header, 'base64url').toString('utf8'));
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function isAccess(claims: Record<string, unknown>): claims is Record<string, unknown> & AccessClaims {
  const { typ, sub, sid, epoch, exp } = claims;
  return (
    typ === 'access' &&
    typeof sub === 'string' &&
    typeof sid === 'string' &&
    OBJECT_ID.test(sid) &&
    typeof epoch === 'number' &&
    typeof exp === 'number'
  );
}
