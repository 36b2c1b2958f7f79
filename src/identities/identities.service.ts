import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { ObjectId, type ClientSession } from 'mongodb';
import type { Model } from 'mongoose';
import type { App } from '../apps/app.model.js';
import { Clock } from '../common/clock.js';
import { Database, isDuplicateKey, MAX_TIME_MS } from '../database/database.js';
import { isEmail, normaliseEmail } from '../users/email.js';
import type { Identity } from '../users/identity.schema.js';
import { dataOf, searchKeysOf } from '../users/search-keys.js';
import { User } from '../users/user.model.js';
import { AccountNameInUse, UserDisabled, UserNotFound } from '../users/users.errors.js';
import { asUser, UsersService, type StoredUser } from '../users/users.service.js';
import { AnonymousLinkRefused, IdentityBelongsToAnother, SecondEmailRefused } from './identities.errors.js';
import { MergeTicketsService } from './merge-tickets.service.js';
import type { VerifiedIdentity } from './verified-identity.js';

/** The provider that vouches: its record in this app. */
export interface IdentitySource {
  _id: ObjectId;
  name: string;
  type: string;
}

const ANONYMOUS = 'anon-user';
const EMAIL = 'local-userpass';
const API_KEY = 'api-key';

/** The key that is unique per app; `:` cannot occur in a provider's name. */
export function identityKey(providerName: string, subject: string): string {
  return `${providerName}:${subject}`;
}

/** Who owns an identity, and adding one. The unique index on (app, identities.key) decides every race. */
@Injectable()
export class IdentitiesService {
  constructor(
    @InjectModel(User.name) private readonly users: Model<User>,
    private readonly usersService: UsersService,
    private readonly tickets: MergeTicketsService,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** The user who has the identity. @throws UserDisabled */
  async findOwner(app: App, source: IdentitySource, verified: VerifiedIdentity): Promise<StoredUser | null> {
    if (verified.isNew) return null;
    const key = identityKey(source.name, verified.subject);
    const owner = verified.owner ?? (await this.usersService.findByIdentity(app, key));
    if (owner?.disabled) throw new UserDisabled();
    return owner;
  }

  /** Makes the user of an identity that nobody has; where another login was faster, gives that user. @throws UserDisabled */
  async createOwner(
    app: App,
    source: IdentitySource,
    verified: VerifiedIdentity,
  ): Promise<{ user: StoredUser; created: boolean }> {
    const { consume } = verified;
    const identity = identityOf(source, verified, this.clock.now());
    const create = (transaction?: ClientSession): Promise<StoredUser> =>
      this.usersService.create(app, { identity, loggedIn: true }, transaction);
    try {
      if (!consume) return { user: await create(), created: true };
      const user = await this.database.transaction(async (transaction) => {
        await consume(transaction);
        return create(transaction);
      });
      return { user, created: true };
    } catch (error) {
      const owner = await this.usersService.findByIdentity(app, identity.key);
      if (!owner) throw error;
      if (owner.disabled) throw new UserDisabled();
      return { user: owner, created: false };
    }
  }

  /**
   * Adds an identity to a user by one write whose filter holds every condition. Adding what the user has is a success.
   *
   * @param merges whether a refusal, since the identity is another user's, is to offer that the two be merged
   * @throws IdentityBelongsToAnother, AnonymousLinkRefused, SecondEmailRefused, UserNotFound
   */
  async link(
    app: App,
    userId: ObjectId,
    source: IdentitySource,
    verified: VerifiedIdentity,
    merges = false,
  ): Promise<void> {
    if (source.type === ANONYMOUS) throw new AnonymousLinkRefused();
    const identity = identityOf(source, verified, this.clock.now());
    const owner = verified.owner ?? (await this.usersService.findByIdentity(app, identity.key));
    if (owner) {
      if (owner._id.equals(userId)) return;
      // A key of somebody is no proof that one is that person.
      const proves = merges && source.type !== API_KEY;
      throw new IdentityBelongsToAnother(proves ? await this.tickets.issue(app, userId, owner) : undefined);
    }
    const { consume } = verified;
    if (!consume) return this.#add(app, userId, identity);
    await this.database.transaction(async (transaction) => {
      await consume(transaction);
      await this.#add(app, userId, identity, transaction);
    });
  }

  /**
   * The one user who has the same verified address, where the app wants that a first login joins it. Another account at the
   * same provider is another person, who may have got the address later.
   */
  async findToJoin(
    app: App,
    source: IdentitySource,
    verified: VerifiedIdentity,
    transaction?: ClientSession,
  ): Promise<StoredUser | null> {
    const address = addressToJoinBy(app, verified);
    if (address === undefined) return null;
    const holder = await this.usersService.findByVerifiedEmail(app, address, transaction);
    if (!holder || holder.disabled || holder.type === 'server') return null;
    const own = identityKey(source.name, '');
    return holder.identities.some(({ key }) => key.startsWith(own)) ? null : holder;
  }

  /**
   * Adds an identity to the user whom {@link findToJoin} gives, by one write whose filter asks everything again.
   *
   * @returns the user as it is then; null where nobody is joined, and the identity is still nobody's or has come to somebody
   */
  async join(
    app: App,
    source: IdentitySource,
    verified: VerifiedIdentity,
    transaction?: ClientSession,
  ): Promise<StoredUser | null> {
    if (addressToJoinBy(app, verified) === undefined) return null;
    const { consume } = verified;
    if (consume && !transaction) return this.database.transaction((begun) => this.join(app, source, verified, begun));
    const identity = identityOf(source, verified, this.clock.now());
    const { verifiedEmail } = identity;
    const holder = await this.findToJoin(app, source, verified, transaction);
    const held = holder?.identities.find((other) => other.verifiedEmail === verifiedEmail);
    if (!holder || !held) return null;
    const filter = {
      ...filterToAdd(app, holder._id, identity),
      type: 'normal',
      disabled: false,
      $and: [
        { identities: { $elemMatch: { key: held.key, verifiedEmail } } },
        { 'identities.key': { $not: new RegExp(`^${identityKey(source.name, '')}`) } },
      ],
    };
    const options = { returnDocument: 'after', ...optionsOf(transaction) } as const;
    try {
      const joined = await this.users.collection.findOneAndUpdate(filter, updateToAdd(identity), options);
      if (joined && consume && transaction) await consume(transaction);
      return joined && asUser(joined);
    } catch (error) {
      // Another login with it was faster, and has made or joined a user.
      if (isDuplicateKey(error) && !transaction) return null;
      throw isDuplicateKey(error) ? new AccountNameInUse() : error;
    }
  }

  /**
   * What a provider says of somebody now, over what it said before. What it does not say again stays: Apple tells a name once.
   * But an address is verified only as long as the provider vouches for it.
   *
   * @returns the user as it is then @throws UserNotFound
   */
  async renew(
    app: App,
    user: StoredUser,
    key: string,
    { data: said, ...verified }: Pick<VerifiedIdentity, 'data' | 'verifiedEmail'>,
  ): Promise<StoredUser> {
    const known = user.identities.find((identity) => identity.key === key);
    const vouched = vouchedIn(verified);
    const isSame = known?.verifiedEmail === vouched.verifiedEmail;
    if (!known || (isSame && Object.entries(said).every(([name, value]) => known.data[name] === value))) return user;
    return this.database.transaction(async (transaction) => {
      const now = await this.usersService.get(app, user._id, transaction);
      const identities = now.identities.map((identity) =>
        identity.key === key ? { ...unvouched(identity), data: { ...identity.data, ...said }, ...vouched } : identity,
      );
      await this.usersService.replaceIdentities(app, user._id, identities, transaction);
      return { ...now, identities, data: dataOf(identities) };
    });
  }

  async #add(app: App, userId: ObjectId, identity: Identity, transaction?: ClientSession): Promise<void> {
    let changed: number;
    try {
      ({ matchedCount: changed } = await this.users.collection.updateOne(
        filterToAdd(app, userId, identity),
        updateToAdd(identity),
        optionsOf(transaction),
      ));
    } catch (error) {
      throw isDuplicateKey(error) ? new IdentityBelongsToAnother() : error;
    }
    if (changed === 0) await this.#explain(app, userId, identity.key, transaction);
  }

  /** Why the filter of `#add` found nothing. Returns where the user has the identity already. */
  async #explain(app: App, userId: ObjectId, key: string, transaction?: ClientSession): Promise<void> {
    const user = await this.users.collection.findOne({ _id: userId, app: app._id } as never, optionsOf(transaction));
    if (!user) throw new UserNotFound();
    const has = (user as unknown as User).identities.some((identity) => identity.key === key);
    if (!has) throw new SecondEmailRefused();
  }
}

/** Holds of a user to whom the identity can be added: one who has it not yet, and only one address to log in with. */
function filterToAdd({ _id: app }: App, _id: ObjectId, { key, provider }: Identity) {
  const one = provider === EMAIL ? { 'identities.provider': { $ne: EMAIL } } : {};
  return { _id, app, 'identities.key': { $ne: key }, ...one };
}

/** As a pipeline, so that names and values from outside are data, whatever they look like. */
function updateToAdd(identity: Identity) {
  return [
    {
      $set: {
        identities: { $concatArrays: ['$identities', [{ $literal: identity }]] },
        data: { $mergeObjects: ['$data', { $literal: identity.data }] },
        searchKeys: { $concatArrays: ['$searchKeys', { $literal: searchKeysOf([identity]) }] },
      },
    },
  ];
}

function optionsOf(transaction: ClientSession | undefined) {
  return { maxTimeMS: MAX_TIME_MS, ...(transaction ? { session: transaction } : {}) };
}

/** Undefined where nobody is to be looked for. */
function addressToJoinBy(app: App, verified: VerifiedIdentity): string | undefined {
  return app.linkByVerifiedEmail === true && !verified.joinsNobody ? vouchedIn(verified).verifiedEmail : undefined;
}

function unvouched({ verifiedEmail: _was, ...identity }: Identity): Identity {
  return identity;
}

/** What is kept of an address that is vouched for: nothing of one that nobody could have registered. */
function vouchedIn({ verifiedEmail: email }: Pick<VerifiedIdentity, 'verifiedEmail'>): Pick<Identity, 'verifiedEmail'> {
  return isEmail(email) ? { verifiedEmail: normaliseEmail(email) } : {};
}

function identityOf(source: IdentitySource, verified: VerifiedIdentity, createdAt: Date): Identity {
  return {
    key: identityKey(source.name, verified.subject),
    id: verified.id ?? verified.subject,
    provider: source.type,
    providerId: source._id,
    data: verified.data,
    ...vouchedIn(verified),
    ...(verified.sealedSecret ? { sealedSecret: verified.sealedSecret } : {}),
    createdAt,
  };
}
