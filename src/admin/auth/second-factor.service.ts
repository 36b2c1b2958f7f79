import { randomInt } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { ClientSession, ObjectId } from 'mongodb';
import type { Model } from 'mongoose';
import { Secret, TOTP } from 'otpauth';
import { Clock } from '../../common/clock.js';
import { Config } from '../../config/config.js';
import { MasterKey } from '../../crypto/sealing.js';
import { sha256Hex } from '../../crypto/tokens.js';
import { bytesOf } from '../../database/bytes.js';
import { Database, MAX_TIME_MS } from '../../database/database.js';
import { RoleTooWeak } from './admin-auth.errors.js';
import type { AdminCaller } from './admin-caller.js';
import { AdminSessionsService } from './admin-sessions.service.js';
import { Administrator } from './administrator.model.js';
import { CodeRefused, SecondFactorState } from './second-factor.errors.js';

/** What an authenticator app is given: the secret as letters, and as the address of a picture that it reads. */
export interface NewFactor {
  secret: string;
  uri: string;
}

const PERIOD = 30;
/** A clock may be one step off, either way. */
const WINDOW = 1;
const WAITS_MS = 600_000;
const RECOVERY_CODES = 10;
/** No letters and digits that look alike. 26 of 32 are 130 bits. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';
const CODE_LENGTH = 26;

/** Codes of an authenticator app (RFC 6238) besides an administrator's password, and codes for when the app is lost. */
@Injectable()
export class SecondFactorService {
  constructor(
    @InjectModel(Administrator.name) private readonly administrators: Model<Administrator>,
    private readonly sessions: AdminSessionsService,
    private readonly database: Database,
    private readonly masterKey: MasterKey,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  /** Makes a secret that counts once a code of it was shown. An earlier one that waits is void. @throws SecondFactorState */
  async begin(caller: AdminCaller): Promise<NewFactor> {
    const { _id, email } = personOf(caller);
    const secret = new Secret({ size: 20 });
    const sealedSecret = this.masterKey.seal(Buffer.from(secret.bytes), contextOf(_id.toHexString()));
    const filter = { _id, totp: { $exists: false } };
    const update = { $set: { pendingTotp: { sealedSecret, createdAt: this.clock.now() } } };
    const { matchedCount } = await this.administrators.collection.updateOne(filter, update, { maxTimeMS: MAX_TIME_MS });
    if (matchedCount === 0) throw new SecondFactorState('there is a second factor already: turn it off first');
    return { secret: secret.base32, uri: this.#totp(secret, email).toString() };
  }

  /** The secret that waits for its first code. @throws SecondFactorState */
  waiting(caller: AdminCaller): NewFactor {
    const { email } = personOf(caller);
    const secret = this.#waitingSecret(caller);
    return { secret: secret.base32, uri: this.#totp(secret, email).toString() };
  }

  /**
   * Turns it on, and ends all sessions but the caller's.
   *
   * @returns codes that each work once in place of the app; they are shown this once
   * @throws SecondFactorState, CodeRefused
   */
  async confirm(caller: AdminCaller, code: string): Promise<string[]> {
    const { _id, pendingTotp } = personOf(caller);
    const step = this.#stepOf(this.#waitingSecret(caller), code);
    if (step === undefined) throw new CodeRefused();
    const { codes, recoveryHashes } = makeCodes();
    const { sealedSecret } = pendingTotp!;
    const totp = { sealedSecret, lastStep: step, recoveryHashes, enabledAt: this.clock.now() };
    await this.database.transaction(async (transaction) => {
      const changed = await this.administrators.collection.findOneAndUpdate(
        { _id, 'pendingTotp.sealedSecret': sealedSecret, totp: { $exists: false } },
        { $set: { totp }, $unset: { pendingTotp: 1 }, $inc: { epoch: 1 } },
        { session: transaction, returnDocument: 'after', projection: { epoch: 1 } },
      );
      if (!changed) throw new SecondFactorState('another code was made meanwhile: begin again');
      await this.sessions.endAllOf(_id, transaction, { session: caller.session._id, epoch: Number(changed['epoch']) });
    });
    return codes;
  }

  /**
   * In place of those there are, which are void. To be called once it is known who asks.
   *
   * @returns codes as `confirm` does
   * @throws SecondFactorState where it was turned off, or other codes were made, at the same moment
   */
  async renewCodes(id: ObjectId): Promise<string[]> {
    const found = await this.administrators.collection.findOne({ _id: id }, { maxTimeMS: MAX_TIME_MS });
    const { totp } = (found ?? {}) as Partial<Administrator>;
    if (!totp) throw new SecondFactorState('there is no second factor');
    const { codes, recoveryHashes } = makeCodes();
    const { modifiedCount } = await this.administrators.collection.updateOne(
      { _id: id, 'totp.sealedSecret': totp.sealedSecret, 'totp.recoveryHashes': totp.recoveryHashes },
      { $set: { 'totp.recoveryHashes': recoveryHashes } },
      { maxTimeMS: MAX_TIME_MS },
    );
    if (modifiedCount === 0) throw new SecondFactorState('something else was done with the codes meanwhile: try again');
    return codes;
  }

  /** Whether the code is right. It is used up by that: of two who send the same code at once, one is let in. */
  async spend({ _id, totp }: Administrator, code: string): Promise<boolean> {
    if (!totp) return false;
    const options = { maxTimeMS: MAX_TIME_MS };
    if (/^\d{6}$/.test(code)) {
      const step = this.#stepOf(this.#open(totp.sealedSecret, _id.toHexString()), code);
      if (step === undefined) return false;
      const filter = { _id, 'totp.lastStep': { $lt: step } };
      const { matchedCount } = await this.administrators.collection.updateOne(
        filter,
        { $set: { 'totp.lastStep': step } },
        options,
      );
      return matchedCount > 0;
    }
    const plain = code.toLowerCase().replaceAll(/[\s-]/g, '');
    if (plain.length !== CODE_LENGTH) return false;
    const hash = sha256Hex(plain);
    const { modifiedCount } = await this.administrators.collection.updateOne(
      { _id, 'totp.recoveryHashes': hash },
      { $pull: { 'totp.recoveryHashes': hash } } as object,
      options,
    );
    return modifiedCount > 0;
  }

  /** To be called once a code was spent. */
  async turnOff({ _id }: Pick<Administrator, '_id'>): Promise<void> {
    const update = { $unset: { totp: 1 as const, pendingTotp: 1 as const } };
    await this.administrators.collection.updateOne({ _id }, update, { maxTimeMS: MAX_TIME_MS });
  }

  /**
   * Takes it away from somebody who has lost the app and the codes, and ends all their sessions. To be called for whoever may.
   *
   * @throws SecondFactorState where there is none
   */
  async reset(id: ObjectId, transaction: ClientSession): Promise<void> {
    const { matchedCount } = await this.administrators.collection.updateOne(
      { _id: id, totp: { $exists: true } },
      { $unset: { totp: 1, pendingTotp: 1 }, $inc: { epoch: 1 } },
      { session: transaction },
    );
    if (matchedCount === 0) throw new SecondFactorState('there is no second factor');
    await this.sessions.endAllOf(id, transaction);
  }

  #waitingSecret(caller: AdminCaller): Secret {
    const { _id, pendingTotp } = personOf(caller);
    const oldest = this.clock.now().getTime() - WAITS_MS;
    if (!pendingTotp || pendingTotp.createdAt.getTime() < oldest) {
      throw new SecondFactorState('no second factor waits for its first code: begin again');
    }
    return this.#open(pendingTotp.sealedSecret, _id.toHexString());
  }

  #open(sealed: Buffer, id: string): Secret {
    const bytes = this.masterKey.open(bytesOf(sealed), contextOf(id));
    return new Secret({ buffer: new Uint8Array(bytes).buffer });
  }

  #totp(secret: Secret, email: string): TOTP {
    const issuer = `Latchkey ${new URL(this.config.publicUrl).host}`;
    return new TOTP({ issuer, label: email, secret, period: PERIOD, digits: 6, algorithm: 'SHA1' });
  }

  /** @returns the number of the 30 seconds that the code is of */
  #stepOf(secret: Secret, code: string): number | undefined {
    if (!/^\d{6}$/.test(code)) return undefined;
    const timestamp = this.clock.now().getTime();
    const delta = this.#totp(secret, '').validate({ token: code, timestamp, window: WINDOW });
    return delta === null ? undefined : TOTP.counter({ period: PERIOD, timestamp }) + delta;
  }
}

/** @throws RoleTooWeak for keys, which log in with 128 random bits and nothing else */
function personOf({ owner }: AdminCaller): Administrator {
  if (!('administrator' in owner)) throw new RoleTooWeak('of an administrator, not of a key');
  return owner.administrator;
}

/** What the sealed bytes are bound to. */
export function contextOf(id: string): string {
  return `administrators.totp:${id}`;
}

/** As they are shown, and as they are stored. */
function makeCodes(): { codes: string[]; recoveryHashes: string[] } {
  const plain = Array.from({ length: RECOVERY_CODES }, () =>
    Array.from({ length: CODE_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join(''),
  );
  return {
    codes: plain.map((one) => one.replaceAll(/(.{5})(?=.)/g, '$1-')),
    recoveryHashes: plain.map((one) => sha256Hex(one)),
  };
}
