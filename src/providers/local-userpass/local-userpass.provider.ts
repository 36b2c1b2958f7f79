import { Injectable } from '@nestjs/common';
import type { App } from '../../apps/app.model.js';
import { ServiceUnavailable } from '../../errors/errors.js';
import { identityKey } from '../../identities/identities.service.js';
import type { VerifiedIdentity } from '../../identities/verified-identity.js';
import { LoginFailureLimit } from '../../rate-limits/limits.js';
import { LoginThrottle } from '../../rate-limits/login-throttle.js';
import { SessionsService } from '../../sessions/sessions.service.js';
import { normaliseEmail } from '../../users/email.js';
import { UsersService, type StoredUser } from '../../users/users.service.js';
import { AuthProvider, CredentialsStrategy, type Attempt, type Strategies } from '../auth-provider.js';
import type { Trial } from '../trial.js';
import {
  ConfirmationRequired,
  ConfirmationRequiredForLink,
  EmailInvalid,
  InvalidPassword,
  InvalidPasswordForLink,
} from './local-userpass.errors.js';
import {
  localUserpassCredentials,
  localUserpassSettings,
  type LocalUserpassCredentials,
  type LocalUserpassSettings,
} from './local-userpass.settings.js';
import { Passwords } from './passwords.js';
import { RegistrationsService } from './registrations.service.js';
import { UserpassTrials } from './userpass-trials.service.js';

const MAX_USERNAME = 1_024;
// A blank or invisible character that autofill put there; said in words at every door alike.
const BLANKS = /[\s\p{C}\p{Z}]/u;

/** Log in with an email address and a password that are kept here. */
@Injectable()
export class LocalUserpassProvider extends AuthProvider<LocalUserpassSettings, LocalUserpassCredentials> {
  readonly type = 'local-userpass';
  readonly settingsSchema = localUserpassSettings;
  readonly credentialsSchema = localUserpassCredentials;

  constructor(
    private readonly users: UsersService,
    private readonly registrations: RegistrationsService,
    private readonly passwords: Passwords,
    private readonly sessions: SessionsService,
    private readonly throttle: LoginThrottle,
    private readonly failures: LoginFailureLimit,
    private readonly trials: UserpassTrials,
  ) {
    super();
  }

  override createStrategies(): Strategies<LocalUserpassCredentials> {
    return { credentials: new LocalUserpassStrategy((credentials, attempt) => this.#verify(credentials, attempt)) };
  }

  /** Whether people get through: to the mail, to the page that it leads to, past the functions. No mail is sent. */
  override tryOut(app: App, settings: LocalUserpassSettings): Promise<Trial[]> {
    return this.trials.run(app, settings);
  }

  async #verify({ username, password }: LocalUserpassCredentials, attempt: Attempt): Promise<VerifiedIdentity> {
    if (BLANKS.test(username.slice(0, MAX_USERNAME))) throw new EmailInvalid();
    const { app, ip } = attempt;
    const emailKey = normaliseEmail(username.slice(0, MAX_USERNAME));
    const account = `${app._id.toHexString()}:${emailKey}`;
    const verified = await this.throttle.judge(
      account,
      ip,
      () => this.#isKnownClient(attempt, emailKey),
      () => this.#check(attempt, emailKey, password),
    );
    if (verified) return verified;
    await this.failures.charge(app.clientAppId, ip);
    throw attempt.link ? new InvalidPasswordForLink() : new InvalidPassword();
  }

  /** @returns undefined for an unknown address and for a wrong password, after the same time */
  async #check(attempt: Attempt, emailKey: string, password: string): Promise<VerifiedIdentity | undefined> {
    const { app, source } = attempt;
    const key = identityKey(source.name, emailKey);
    const owner = await this.users.findByIdentity(app, key);
    const verified = owner && (await this.#checkOwner(attempt, owner, key, emailKey, password));
    if (verified) return verified;
    // Whether or not somebody has the address, as much is asked: how much tells nothing of it.
    const registration = await this.registrations.find(app, emailKey);
    const late = await this.users.findByIdentity(app, key);
    if (owner) return undefined;
    // Another first login made the user of the registration between the first look and the second.
    if (late) return this.#checkOwner(attempt, late, key, emailKey, password);
    const verdict = await this.passwords.check(app, registration ?? undefined, password);
    if (!registration || !verdict.ok) return undefined;
    if (!registration.confirmedAt) throw attempt.link ? new ConfirmationRequiredForLink() : new ConfirmationRequired();
    return {
      subject: emailKey,
      id: registration.identityId,
      data: { email: registration.email },
      sealedSecret: registration.sealedSecret,
      ...(registration.isByMail ? { verifiedEmail: emailKey } : {}),
      // Whoever confirmed the address need not be who chose the password: it opens no user who is there already.
      joinsNobody: true,
      consume: (transaction) => this.registrations.consume(registration, transaction),
    };
  }

  async #checkOwner(
    attempt: Attempt,
    owner: StoredUser,
    key: string,
    emailKey: string,
    password: string,
  ): Promise<VerifiedIdentity | undefined> {
    const { app } = attempt;
    attempt.userId = owner._id.toHexString();
    const identity = owner.identities.find((candidate) => candidate.key === key);
    const { sealedSecret } = identity ?? {};
    const stored = identity && sealedSecret ? { identityId: identity.id, sealedSecret } : undefined;
    const verdict = await this.passwords.check(app, stored, password);
    if (!identity || !verdict.ok) return undefined;
    if (verdict.needsRehash && sealedSecret) await this.#rehash(app, owner, identity.id, password, sealedSecret);
    return { subject: emailKey, id: identity.id, data: identity.data, verifiedEmail: identity.verifiedEmail, owner };
  }

  /** At today's cost, now that the password is known. When there is no time for it, the next login will do. */
  async #rehash(app: App, owner: StoredUser, identityId: string, password: string, old: Buffer): Promise<void> {
    try {
      const sealedSecret = await this.passwords.remake(app, identityId, password);
      await this.users.replaceSecret(app, owner._id, identityId, old, sealedSecret);
    } catch (error) {
      if (!(error instanceof ServiceUnavailable)) throw error;
    }
  }

  async #isKnownClient({ app, source, ip, device }: Attempt, emailKey: string): Promise<boolean> {
    const owner = await this.users.findByIdentity(app, identityKey(source.name, emailKey));
    return owner !== null && this.sessions.isKnownClient(app, owner._id, ip, device);
  }
}

class LocalUserpassStrategy extends CredentialsStrategy<LocalUserpassCredentials> {
  constructor(
    private readonly check: (credentials: LocalUserpassCredentials, attempt: Attempt) => Promise<VerifiedIdentity>,
  ) {
    super();
  }

  override verify(credentials: LocalUserpassCredentials, attempt: Attempt): Promise<VerifiedIdentity> {
    return this.check(credentials, attempt);
  }
}
