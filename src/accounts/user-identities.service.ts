import { Injectable } from '@nestjs/common';
import type { ObjectId } from 'mongodb';
import type { App } from '../apps/app.model.js';
import { Database } from '../database/database.js';
import { InvalidParameter } from '../errors/errors.js';
import { LatchkeyError } from '../errors/latchkey-error.js';
import { IdentityBelongsToAnother } from '../identities/identities.errors.js';
import { IdentitiesService, identityKey } from '../identities/identities.service.js';
import { EmailUsersService } from '../providers/local-userpass/email-users.service.js';
import { ResetTokensService } from '../providers/local-userpass/reset-tokens.service.js';
import { ProviderConfigsService } from '../providers/provider-configs.service.js';
import { ProviderRecordNotFound } from '../providers/providers.errors.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { normaliseEmail } from '../users/email.js';
import type { Identity } from '../users/identity.schema.js';
import { UsersService } from '../users/users.service.js';

/** What an administrator says is a way in of a user. */
export type WantedIdentity =
  | { email: string; password: string }
  | { provider: string; subject: string; data?: Record<string, string> | undefined };

export class IdentityNotFound extends LatchkeyError {
  readonly code = 'NotFound';

  constructor() {
    super('identity not found');
  }
}

/** To administrators it is said whose it is. */
export class IdentityInUse extends LatchkeyError {
  readonly code = 'AccountNameInUse';
  override readonly details: Readonly<Record<string, string>>;

  constructor(readonly userId: string) {
    super('this identity belongs to another user');
    this.details = { user_id: userId };
  }
}

/** A user nobody can log in as is not wanted: delete it instead. */
export class LastIdentity extends LatchkeyError {
  readonly code = 'LastIdentity';

  constructor() {
    super('the last identity of a user cannot be removed');
  }
}

const EMAIL = 'local-userpass';
const API_KEY = 'api-key';
const ANONYMOUS = 'anon-user';
const MAX_SUBJECT = 1_024;

/** Adds and takes away ways in, as an administrator. */
@Injectable()
export class UserIdentitiesService {
  constructor(
    private readonly users: UsersService,
    private readonly identities: IdentitiesService,
    private readonly emailUsers: EmailUsersService,
    private readonly resets: ResetTokensService,
    private readonly configs: ProviderConfigsService,
    private readonly sessions: SessionsService,
    private readonly database: Database,
  ) {}

  /** @throws UserNotFound, ProviderRecordNotFound, InvalidParameter, IdentityInUse, … */
  async add(app: App, userId: ObjectId, wanted: WantedIdentity): Promise<void> {
    await this.users.get(app, userId);
    try {
      await this.#add(app, userId, wanted);
    } catch (error) {
      if (!(error instanceof IdentityBelongsToAnother)) throw error;
      const key =
        'email' in wanted
          ? identityKey(EMAIL, normaliseEmail(wanted.email))
          : identityKey(wanted.provider, wanted.subject);
      const owner = await this.users.findByIdentity(app, key);
      throw owner ? new IdentityInUse(owner._id.toHexString()) : error;
    }
  }

  async #add(app: App, userId: ObjectId, wanted: WantedIdentity): Promise<void> {
    if ('email' in wanted) return this.emailUsers.addTo(app, userId, wanted);
    const { provider, subject, data = {} } = wanted;
    if (provider === EMAIL || provider === API_KEY) {
      throw new InvalidParameter(`an identity of '${provider}' cannot be added by its subject`);
    }
    if (subject === '' || subject.length > MAX_SUBJECT) {
      throw new InvalidParameter(`'id' must have 1 to ${MAX_SUBJECT} characters`);
    }
    const source = await this.configs.findByName(app, provider);
    if (!source) throw new ProviderRecordNotFound();
    await this.identities.link(app, userId, source, { subject, data });
    this.sessions.forget(userId);
  }

  /**
   * Sessions that were opened with it end. Somebody who could not log in again is not wanted: an anonymous identity is no way
   * back in.
   *
   * @param provider its type, where two identities have the same id
   * @throws UserNotFound, IdentityNotFound, InvalidParameter, LastIdentity
   */
  async remove(app: App, userId: ObjectId, identityId: string, provider?: string): Promise<Identity> {
    const removed = await this.database.transaction(async (transaction) => {
      const user = await this.users.get(app, userId, transaction);
      const [found, ...others] = user.identities.filter(
        (identity) => identity.id === identityId && (provider === undefined || identity.provider === provider),
      );
      if (!found) throw new IdentityNotFound();
      if (others.length > 0) throw new InvalidParameter("several identities have this id, say which 'provider'");
      const left = user.identities.filter(({ key }) => key !== found.key);
      if (!left.some(isWayIn)) throw new LastIdentity();
      await this.users.replaceIdentities(app, userId, left, transaction);
      await this.resets.void(app, [identityId], transaction);
      await this.sessions.endOpenedWith(app, userId, found, transaction);
      return found;
    });
    this.sessions.forget(userId);
    return removed;
  }
}

function isWayIn({ provider }: Identity): boolean {
  return provider !== ANONYMOUS;
}
