import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { ObjectId } from 'mongodb';
import type { Model } from 'mongoose';
import type { App } from '../../apps/app.model.js';
import { Clock } from '../../common/clock.js';
import { Database, isDuplicateKey, MAX_TIME_MS } from '../../database/database.js';
import { InvalidParameter } from '../../errors/errors.js';
import { HookRegistry } from '../../hooks/hook.registry.js';
import { IdentitiesService, identityKey } from '../../identities/identities.service.js';
import { MailService } from '../../mail/mail.service.js';
import { OutboxService } from '../../mail/outbox.service.js';
import type { Locale } from '../../mail/templates/locale.js';
import { SessionsService } from '../../sessions/sessions.service.js';
import { isEmail, normaliseEmail, withoutBlanksAround } from '../../users/email.js';
import { AccountNameInUse } from '../../users/users.errors.js';
import { UsersService, type StoredUser } from '../../users/users.service.js';
import { ProviderConfigsService } from '../provider-configs.service.js';
import { EmailInvalid, UserpassTokenInvalid } from './local-userpass.errors.js';
import { Passwords } from './passwords.js';
import { RegistrationsService } from './registrations.service.js';
import { makePair, pairFilter, type TokenPair } from './token-pair.js';
import { UserInvitation } from './user-invitation.model.js';
import { invitationTopic, UserpassMails } from './userpass-mails.service.js';

export interface Invite {
  email: string;
  data?: Record<string, unknown> | undefined;
  locale?: Locale | undefined;
}

const EMAIL = 'local-userpass';
const LIVES_MS = 7 * 86_400_000;
const MOST_FIELDS = 32;
const LONGEST_VALUE = 4_096;

/** People become users because an administrator wants them to: a mail lets them choose a password. */
@Injectable()
export class UserInvitationsService {
  constructor(
    @InjectModel(UserInvitation.name) private readonly invitations: Model<UserInvitation>,
    private readonly users: UsersService,
    private readonly identities: IdentitiesService,
    private readonly sessions: SessionsService,
    private readonly registrations: RegistrationsService,
    private readonly passwords: Passwords,
    private readonly configs: ProviderConfigsService,
    private readonly mail: MailService,
    private readonly mails: UserpassMails,
    private readonly outbox: OutboxService,
    private readonly database: Database,
    private readonly hooks: HookRegistry,
    private readonly clock: Clock,
  ) {}

  /** An earlier invitation of the address is void. @throws AuthProviderNotFound, EmailInvalid, InvalidParameter, AccountNameInUse */
  async invite(app: App, wanted: Invite): Promise<Pick<UserInvitation, '_id' | 'email' | 'tokenExpiresAt'>> {
    await this.configs.getActive(app, EMAIL);
    const email = withoutBlanksAround(wanted.email);
    if (!isEmail(email)) throw new EmailInvalid();
    const emailKey = normaliseEmail(email);
    const data = checkedData(wanted.data ?? {});
    const owner = await this.users.findByIdentity(app, identityKey(EMAIL, emailKey));
    if (owner ?? (await this.registrations.find(app, emailKey))?.confirmedAt) throw new AccountNameInUse();
    const requestedAt = this.clock.now();
    const { pair, stored } = makePair(requestedAt, LIVES_MS);
    const invitation: UserInvitation = { _id: new ObjectId(), app: app._id, emailKey, email, data, ...stored };
    const occasion = {
      email,
      requestedAt,
      locale: wanted.locale ?? app.mailLocale ?? 'en',
      pair,
      expiresAt: stored.tokenExpiresAt,
    };
    const letter = this.mails.invitation(app, emailKey, occasion);
    const post = () =>
      this.mail.post(app._id, async (transaction) => {
        await this.invitations.collection.deleteMany({ app: app._id, emailKey }, { session: transaction });
        await this.invitations.collection.insertOne(invitation, { session: transaction });
        return { letters: [letter], result: undefined };
      });
    try {
      await post();
    } catch (error) {
      // Two at once: the second one takes the place of the first.
      if (!isDuplicateKey(error)) throw error;
      await post();
    }
    return invitation;
  }

  /** Uses nothing up. @throws UserpassTokenInvalid when it is used, too old or unknown */
  async look(app: App, pair: TokenPair): Promise<UserInvitation> {
    const filter = { app: app._id, ...pairFilter(pair, this.clock.now()) };
    const found = await this.invitations.collection.findOne(filter, { maxTimeMS: MAX_TIME_MS });
    if (!found) throw new UserpassTokenInvalid();
    return found as unknown as UserInvitation;
  }

  /**
   * Makes the user, once, or adds the address to the one who has shown to have it, where the app wants that. A password that is refused leaves the invitation as it is.
   *
   * @throws AuthProviderNotFound, UserpassTokenInvalid, PasswordRefused, AccountNameInUse
   */
  async accept(app: App, pair: TokenPair, password: string, ip: string): Promise<StoredUser> {
    const { config } = await this.configs.getActive(app, EMAIL);
    await this.look(app, pair);
    const id = new ObjectId().toHexString();
    const sealedSecret = await this.passwords.make(app, id, password);
    const { user, joined } = await this.database.transaction(async (transaction) => {
      const filter = { app: app._id, ...pairFilter(pair, this.clock.now()) };
      const spent = await this.invitations.collection.findOneAndDelete(filter, { session: transaction });
      if (!spent) throw new UserpassTokenInvalid();
      const { email, emailKey, data } = spent as unknown as UserInvitation;
      await this.outbox.withdraw(app._id, [invitationTopic(emailKey)], transaction);
      await this.registrations.giveWay(app, emailKey, transaction);
      const said = { id, data: { ...data, email }, sealedSecret, verifiedEmail: emailKey };
      // Whoever has the mailbox has chosen the password too.
      const found = await this.identities.join(app, config, { subject: emailKey, ...said }, transaction);
      if (found) return { user: found, joined: true };
      const key = identityKey(config.name, emailKey);
      const identity = { key, provider: config.type, providerId: config._id, ...said };
      return { user: await this.users.create(app, { identity }, transaction), joined: false };
    });
    if (joined) await this.#tellOfJoin(app, user, ip);
    await this.hooks.after('afterConfirmation', { clientAppId: app.clientAppId, provider: EMAIL, ip, identityId: id });
    return user;
  }

  async #tellOfJoin({ clientAppId }: App, { _id }: StoredUser, ip: string): Promise<void> {
    this.sessions.forget(_id);
    const userId = _id.toHexString();
    await this.hooks.after('afterLink', { clientAppId, provider: EMAIL, ip, userId, byVerifiedEmail: true });
  }
}

/** Texts, as profiles hold them. @throws InvalidParameter */
function checkedData(data: Record<string, unknown>): Record<string, string> {
  const fields = Object.entries(data);
  if (fields.length > MOST_FIELDS) throw new InvalidParameter(`'data' may hold at most ${MOST_FIELDS} fields`);
  for (const [name, value] of fields) {
    if (typeof value !== 'string' || value.length > LONGEST_VALUE) {
      throw new InvalidParameter(`'data' may hold only texts of at most ${LONGEST_VALUE} characters`);
    }
    if (name.startsWith('$') || /[.\0]/.test(name) || name === '') {
      throw new InvalidParameter(`'${name.slice(0, 64)}' cannot be the name of a field`);
    }
  }
  return data as Record<string, string>;
}
