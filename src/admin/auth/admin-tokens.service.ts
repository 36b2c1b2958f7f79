import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import type { Binary } from 'mongodb';
import { Clock } from '../../common/clock.js';
import { Config } from '../../config/config.js';
import { MasterKey } from '../../crypto/sealing.js';
import { randomToken } from '../../crypto/tokens.js';
import { bytesOf } from '../../database/bytes.js';
import { Database, isDuplicateKey, MAX_TIME_MS } from '../../database/database.js';
import { InvalidSession } from '../../sessions/sessions.errors.js';
import { AdminTokenOfOtherKind } from './admin-auth.errors.js';
import type { AdminSession } from './admin-session.model.js';
import { ADMIN_API } from './admin.decorators.js';

interface KeyRecord {
  _id: string;
  sealedKey: Buffer | Binary;
}

type Kind = 'admin-access' | 'admin-refresh';

const KEY_ID = 'admin-signing-key';
const AUDIENCE = 'latchkey-admin';
const ALGORITHM = 'HS256';
/** admin-api.md section 1, "Refresh contracts". */
const ACCESS_SECONDS = 1_800;
const MAX_TOKEN_LENGTH = 4_096;
const OBJECT_ID = /^[0-9a-f]{24}$/;

/**
 * Makes and checks administrators' tokens. They are signed with a secret of their own, name an audience of their own and say
 * their kind, so that no token of a user is one of theirs, nor the reverse.
 */
@Injectable()
export class AdminTokensService {
  #key: KeyObject | undefined;

  constructor(
    private readonly jwt: JwtService,
    private readonly database: Database,
    private readonly masterKey: MasterKey,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  async makeAccessToken(session: AdminSession): Promise<string> {
    const iat = this.#nowSeconds();
    return this.#sign('admin-access', session, { iat, exp: iat + ACCESS_SECONDS });
  }

  /** It stays the same for the life of the session. */
  async makeRefreshToken(session: Omit<AdminSession, 'refreshTokenHash'>): Promise<string> {
    const [iat, exp] = [session.createdAt, session.expiresAt].map((at) => Math.floor(at.getTime() / 1_000));
    return this.#sign('admin-refresh', session, { iat, exp });
  }

  /**
   * @returns the id of its session
   * @throws InvalidSession, AdminTokenOfOtherKind for one of our refresh tokens
   */
  async verifyAccessToken(token: string): Promise<string> {
    const claims = await this.#verify(token);
    if (claims?.['typ'] === 'admin-refresh') throw AdminTokenOfOtherKind.refreshForAccess();
    const { typ, sid, exp } = claims ?? {};
    if (typ !== 'admin-access' || typeof sid !== 'string' || !OBJECT_ID.test(sid) || typeof exp !== 'number') {
      throw InvalidSession.accessTokenRefused();
    }
    if (exp <= this.#nowSeconds()) throw InvalidSession.accessTokenExpired();
    return sid;
  }

  /** @throws AdminTokenOfOtherKind for one of our access tokens, expired or not */
  async refuseAccessToken(token: string): Promise<void> {
    const claims = await this.#verify(token);
    if (claims?.['typ'] === 'admin-access') throw AdminTokenOfOtherKind.accessForRefresh();
  }

  async #sign(kind: Kind, session: { _id: AdminSession['_id']; owner: AdminSession['owner'] }, times: object) {
    const claims = {
      iss: this.#issuer,
      aud: AUDIENCE,
      typ: kind,
      sub: session.owner.toHexString(),
      sid: session._id.toHexString(),
      jti: randomToken(16),
      ...times,
    };
    return this.jwt.sign(claims, { privateKey: await this.#getKey(), algorithm: ALGORITHM });
  }

  /** @returns the claims of what this server signed, whatever its kind and age */
  async #verify(token: string): Promise<Record<string, unknown> | undefined> {
    if (token.length > MAX_TOKEN_LENGTH) return undefined;
    const key = await this.#getKey();
    try {
      return this.jwt.verify<Record<string, unknown>>(token, {
        // @nestjs/jwt hands a KeyObject on as it is; only its types do not know.
        secret: key as unknown as Buffer,
        algorithms: [ALGORITHM],
        issuer: this.#issuer,
        audience: AUDIENCE,
        ignoreExpiration: true,
        clockTimestamp: this.#nowSeconds(),
      });
    } catch {
      return undefined;
    }
  }

  get #issuer(): string {
    return `${this.config.publicUrl}/${ADMIN_API}`;
  }

  /** One for all instances, made by the first that needs it. */
  async #getKey(): Promise<KeyObject> {
    if (this.#key) return this.#key;
    const records = this.database.connection.db!.collection<KeyRecord>('setup');
    const read = () => records.findOne({ _id: KEY_ID }, { maxTimeMS: MAX_TIME_MS });
    let stored = await read();
    if (!stored) {
      const made: KeyRecord = { _id: KEY_ID, sealedKey: this.masterKey.seal(randomBytes(32), KEY_ID) };
      try {
        await records.insertOne(made);
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
      }
      stored = await read();
    }
    if (!stored) throw new Error('the key of administrators’ tokens is gone');
    this.#key = createSecretKey(this.masterKey.open(bytesOf(stored.sealedKey), KEY_ID));
    return this.#key;
  }

  #nowSeconds(): number {
    return Math.floor(this.clock.now().getTime() / 1_000);
  }
}
