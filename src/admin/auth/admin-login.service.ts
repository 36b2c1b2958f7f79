import { Injectable } from '@nestjs/common';
import { AuthError } from '../../providers/providers.errors.js';
import { InvalidPassword } from '../../providers/local-userpass/local-userpass.errors.js';
import { LoginFailureLimit } from '../../rate-limits/limits.js';
import { LoginThrottle } from '../../rate-limits/login-throttle.js';
import { normaliseEmail, withoutBlanksAround } from '../../users/email.js';
import { AdminKeyRefused, OldPasswordWrong } from './admin-auth.errors.js';
import type { AdminCaller } from './admin-caller.js';
import type { AdminKey } from './admin-key.model.js';
import { AdminKeysService } from './admin-keys.service.js';
import type { LatchkeyError } from '../../errors/latchkey-error.js';
import {
  CodeRefused,
  PasswordRefusedAgain,
  SecondFactorRequired,
  SecondFactorState,
  SecondFactorWrong,
} from './second-factor.errors.js';
import { SecondFactorService } from './second-factor.service.js';
import { AdminSessionsService, type AdminClient, type OpenedAdminSession } from './admin-sessions.service.js';
import type { Administrator } from './administrator.model.js';
import { AdministratorsService } from './administrators.service.js';

/** Longer than any address that can be registered; the rest of what was sent is not looked at. */
const MAX_USERNAME = 256;
const MAX_KEY = 256;

/** The three ways to log in as an administrator (admin-api.md section 2). */
@Injectable()
export class AdminLoginService {
  constructor(
    private readonly administrators: AdministratorsService,
    private readonly keys: AdminKeysService,
    private readonly sessions: AdminSessionsService,
    private readonly secondFactor: SecondFactorService,
    private readonly throttle: LoginThrottle,
    private readonly failures: LoginFailureLimit,
  ) {}

  /** @throws InvalidPassword, SecondFactorRequired, SecondFactorWrong, TooManyRequests, ServiceUnavailable */
  async byPassword(
    username: string,
    password: string,
    client: AdminClient,
    wanted: { cookie: boolean; totp?: string | undefined },
  ): Promise<OpenedAdminSession> {
    let refusal: LatchkeyError = new InvalidPassword();
    const administrator = await this.#judge(username, password, client.ip, async (found) => {
      if (!found.totp) return true;
      if (!wanted.totp) throw new SecondFactorRequired();
      refusal = new SecondFactorWrong();
      return this.secondFactor.spend(found, wanted.totp);
    });
    if (!administrator) {
      await this.failures.charge('admin', client.ip);
      throw refusal;
    }
    return this.sessions.open({ administrator }, 'local-userpass', client, wanted);
  }

  /** Nobody guesses 128 bits, so only the address is limited. @throws AdminKeyRefused, TooManyRequests */
  async byKeyPair(
    publicKey: string,
    privateKey: string,
    client: AdminClient,
    wanted: { cookie: boolean },
  ): Promise<OpenedAdminSession> {
    const fits = publicKey.length <= MAX_KEY && privateKey.length <= MAX_KEY;
    const key = fits ? await this.keys.findByPair(publicKey, privateKey) : null;
    return this.#openFor(key, 'mongodb-cloud', client, wanted);
  }

  /** @throws AuthError, TooManyRequests */
  async byPrivateKey(
    privateKey: string,
    client: AdminClient,
    wanted: { cookie: boolean },
  ): Promise<OpenedAdminSession> {
    const key = privateKey.length <= MAX_KEY ? await this.keys.findByPrivateKey(privateKey) : null;
    return this.#openFor(key, 'api-key', client, wanted);
  }

  /** @throws OldPasswordWrong, PasswordRefused, TooManyRequests */
  async changePassword(caller: AdminCaller, old: string, password: string, ip: string): Promise<void> {
    if (!('administrator' in caller.owner)) throw new OldPasswordWrong();
    const administrator = await this.checkPassword(caller.owner.administrator.email, old, ip);
    if (!administrator) throw new OldPasswordWrong();
    await this.administrators.changePassword(caller, administrator, password);
  }

  /**
   * One guess, counted; unknown and wrong take the same time.
   *
   * @returns null for an unknown address, a wrong password, or an administrator who is disabled
   * @throws TooManyRequests, ServiceUnavailable
   */
  async checkPassword(email: string, password: string, ip: string): Promise<Administrator | null> {
    return this.#judge(email, password, ip, async () => true);
  }

  /** @throws SecondFactorState where there is none, CodeRefused, TooManyRequests */
  async turnOffSecondFactor(caller: AdminCaller, code: string, ip: string): Promise<void> {
    const administrator = withFactor(caller);
    await this.#spend(administrator, code, ip);
    await this.secondFactor.turnOff(administrator);
  }

  /**
   * @param proof that it is them still: the password, or a code
   * @returns new recovery codes, to be shown this once; the old ones are void
   * @throws SecondFactorState where there is no second factor, PasswordRefusedAgain, CodeRefused, TooManyRequests
   */
  async renewRecoveryCodes(
    caller: AdminCaller,
    proof: { password: string } | { totp: string },
    ip: string,
  ): Promise<string[]> {
    const administrator = withFactor(caller);
    if ('totp' in proof) await this.#spend(administrator, proof.totp, ip);
    else if (!(await this.checkPassword(administrator.email, proof.password, ip))) throw new PasswordRefusedAgain();
    return this.secondFactor.renewCodes(administrator._id);
  }

  /** A guess at a code of somebody who is logged in, counted with the guesses at the password. @throws CodeRefused, TooManyRequests */
  async #spend(administrator: Administrator, code: string, ip: string): Promise<void> {
    const known = async (): Promise<boolean> => true;
    const right = await this.throttle.judge(`admin:${administrator.emailKey}`, ip, known, async () => {
      return (await this.secondFactor.spend(administrator, code)) ? true : undefined;
    });
    if (!right) throw new CodeRefused();
  }

  /** @param alsoNeeded asked once the password was right; false counts as a wrong guess */
  async #judge(
    email: string,
    password: string,
    ip: string,
    alsoNeeded: (administrator: Administrator) => Promise<boolean>,
  ): Promise<Administrator | null> {
    const emailKey = normaliseEmail(withoutBlanksAround(email.slice(0, MAX_USERNAME)));
    const find = () => this.administrators.findByEmail(emailKey);
    const verified = await this.throttle.judge(
      `admin:${emailKey}`,
      ip,
      async () => {
        const known = await find();
        return known !== null && this.sessions.isKnownClient(known._id, ip);
      },
      async () => {
        const administrator = await find();
        const ok = await this.administrators.checkPassword(administrator, password);
        if (!ok || !administrator || administrator.disabled) return undefined;
        return (await alsoNeeded(administrator)) ? administrator : undefined;
      },
    );
    return verified ?? null;
  }

  async #openFor(
    key: AdminKey | null,
    way: 'mongodb-cloud' | 'api-key',
    client: AdminClient,
    wanted: { cookie: boolean },
  ): Promise<OpenedAdminSession> {
    if (key) return this.sessions.open({ key }, way, client, wanted);
    await this.failures.charge('admin', client.ip);
    throw way === 'mongodb-cloud' ? new AdminKeyRefused() : new AuthError('invalid API key');
  }
}

/** @throws SecondFactorState */
function withFactor({ owner }: AdminCaller): Administrator {
  if ('administrator' in owner && owner.administrator.totp) return owner.administrator;
  throw new SecondFactorState('there is no second factor');
}
