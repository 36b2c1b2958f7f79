import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { ClientSession, ObjectId } from 'mongodb';
import type { Model } from 'mongoose';
import type { Group } from '../../apps/group.model.js';
import { GroupsService } from '../../apps/groups.service.js';
import { Clock } from '../../common/clock.js';
import { Database, MAX_TIME_MS } from '../../database/database.js';
import { MailService } from '../../mail/mail.service.js';
import type { Locale } from '../../mail/templates/locale.js';
import { linkMail } from '../../mail/templates/templates.js';
import { EmailInvalid } from '../../providers/local-userpass/local-userpass.errors.js';
import { isEmail, normaliseEmail, withoutBlanksAround } from '../../users/email.js';
import { AccountNameInUse } from '../../users/users.errors.js';
import { AdministratorNotFound, GroupNotFound, LastOwner, RoleTooWeak } from './admin-auth.errors.js';
import type { AdminCaller } from './admin-caller.js';
import { refuseStronger } from './admin-keys.service.js';
import { AdminSessionsService } from './admin-sessions.service.js';
import { Administrator } from './administrator.model.js';
import { OneTimeLinksService, type MadeLink } from './one-time-links.service.js';
import type { OneTimeLink } from './one-time-link.model.js';
import type { Role } from './roles.js';
import { SecondFactorState } from './second-factor.errors.js';
import { SecondFactorService } from './second-factor.service.js';

/** Somebody who has a role in a group, or is invited to it. */
export type Member = { administrator: Administrator; role: Role } | { invitation: OneTimeLink; role: Role };

/**
 * The administrators of a group. Nobody gives, takes or touches a role above their own, and the last owner stays; what takes
 * an owner away passes through one document per group, so that of two owners who remove each other one remains.
 */
@Injectable()
export class GroupMembersService {
  constructor(
    @InjectModel(Administrator.name) private readonly administrators: Model<Administrator>,
    private readonly groups: GroupsService,
    private readonly links: OneTimeLinksService,
    private readonly sessions: AdminSessionsService,
    private readonly secondFactor: SecondFactorService,
    private readonly database: Database,
    private readonly mail: MailService,
    private readonly clock: Clock,
  ) {}

  /** A new group, and its maker owns it. @throws RoleTooWeak for keys: each belongs to one group */
  async createGroup(caller: AdminCaller, name: string): Promise<Group> {
    if (caller.kind === 'key') throw new RoleTooWeak('GROUP_OWNER');
    return this.database.transaction(async (transaction) => {
      const group = await this.groups.create(name, transaction);
      const update = { $push: { roles: { groupId: group._id, role: 'GROUP_OWNER' } } };
      const options = { session: transaction };
      const { matchedCount } = await this.administrators.collection.updateOne(
        { _id: caller.id },
        update as object,
        options,
      );
      if (matchedCount === 0) throw new AdministratorNotFound();
      return group;
    });
  }

  /** Administrators first, then who is invited; each oldest first. */
  async list(group: ObjectId): Promise<Member[]> {
    const options = { maxTimeMS: MAX_TIME_MS, sort: { _id: 1 }, projection: { sealedPassword: 0 } } as const;
    const found = await this.administrators.collection.find({ 'roles.groupId': group }, options).toArray();
    const members: Member[] = (found as unknown as Administrator[]).map((administrator) => ({
      administrator,
      role: roleIn(administrator, group)!,
    }));
    const invitations = await this.links.listInvitations(group);
    return [...members, ...invitations.map((invitation) => ({ invitation, role: invitation.role! }))];
  }

  /** Mailed where mail works. @throws EmailInvalid, RoleTooWeak, AccountNameInUse where they are in the group already */
  async invite(
    group: ObjectId,
    caller: AdminCaller,
    wanted: { email: string; role: Role; locale?: Locale },
  ): Promise<MadeLink> {
    const { role } = wanted;
    const email = withoutBlanksAround(wanted.email);
    refuseStronger(caller, group, role);
    if (!isEmail(email)) throw new EmailInvalid();
    const emailKey = normaliseEmail(email);
    const filter = { emailKey, 'roles.groupId': group };
    const options = { maxTimeMS: MAX_TIME_MS, projection: { _id: 1 } };
    if (await this.administrators.collection.findOne(filter, options)) {
      throw new AccountNameInUse('this address belongs to an administrator of the group already');
    }
    const link = await this.links.make('invitation', { group, email, emailKey, role });
    if (this.mail.delivers) await this.#mail(group, email, link, wanted.locale);
    return link;
  }

  /** The link is in the answer too: where this mail goes astray, whoever invites can hand it over. */
  async #mail(group: ObjectId, email: string, { id, url, expiresAt }: MadeLink, locale: Locale = 'en'): Promise<void> {
    const { name = 'Latchkey' } = (await this.groups.findById(group)) ?? {};
    const requestedAt = this.clock.now();
    const mail = linkMail('administrator', { to: email, locale, appName: name, url, requestedAt });
    const letter = { topic: `administrator:${id.toHexString()}`, expiresAt, mail };
    await this.mail.post(group, async () => ({ letters: [letter], result: undefined }));
  }

  /** @param id of an administrator, or of an invitation @throws AdministratorNotFound, RoleTooWeak, LastOwner */
  async changeRole(group: ObjectId, caller: AdminCaller, id: ObjectId, role: Role): Promise<void> {
    refuseStronger(caller, group, role);
    const invitation = await this.links.findInvitation(group, id);
    if (invitation) {
      refuseStronger(caller, group, invitation.role!);
      if (!(await this.links.changeInvitation(invitation, role))) throw new AdministratorNotFound();
      return;
    }
    await this.database.transaction(async (transaction) => {
      const old = await this.#takeRole(group, caller, id, transaction);
      const update = { $push: { roles: { groupId: group, role } } };
      await this.administrators.collection.updateOne({ _id: id }, update as object, { session: transaction });
      if (old === 'GROUP_OWNER') await this.#refuseWithoutOwner(group, transaction);
    });
  }

  /**
   * Out of the group; out of the house where it was their only one.
   *
   * @param id of an administrator, or of an invitation
   * @throws AdministratorNotFound, RoleTooWeak, LastOwner
   */
  async remove(group: ObjectId, caller: AdminCaller, id: ObjectId): Promise<void> {
    const invitation = await this.links.findInvitation(group, id);
    if (invitation) {
      refuseStronger(caller, group, invitation.role!);
      if (!(await this.links.removeInvitation(invitation))) throw new AdministratorNotFound();
      return;
    }
    await this.database.transaction(async (transaction) => {
      const old = await this.#takeRole(group, caller, id, transaction);
      if (old === 'GROUP_OWNER') await this.#refuseWithoutOwner(group, transaction);
      const filter = { _id: id, roles: { $size: 0 } };
      const { deletedCount } = await this.administrators.collection.deleteOne(filter, { session: transaction });
      if (deletedCount > 0) await this.sessions.endAllOf(id, transaction);
    });
  }

  /**
   * For somebody who has lost the app and the codes: the password alone lets them in then, and their sessions are over.
   *
   * @throws AdministratorNotFound, RoleTooWeak for whoever is not an owner in each of their groups, SecondFactorState where
   *   there is none, or for one's own, which is turned off with a code
   */
  async resetSecondFactor(group: ObjectId, caller: AdminCaller, id: ObjectId): Promise<void> {
    if (caller.id.equals(id)) throw new SecondFactorState('turn off your own second factor with a code of it');
    await this.database.transaction(async (transaction) => {
      const filter = { _id: id, 'roles.groupId': group };
      const found = await this.administrators.collection.findOne(filter, { session: transaction });
      if (!found) throw new AdministratorNotFound();
      if (!ownsAllOf(caller, found as unknown as Administrator)) {
        throw new RoleTooWeak('GROUP_OWNER in each group of this administrator');
      }
      await this.secondFactor.reset(id, transaction);
    });
  }

  async #takeRole(group: ObjectId, caller: AdminCaller, id: ObjectId, transaction: ClientSession): Promise<Role> {
    if (!(await this.groups.lockOwners(group, transaction))) throw new GroupNotFound();
    const filter = { _id: id, 'roles.groupId': group };
    const found = await this.administrators.collection.findOne(filter, { session: transaction });
    const role = found && roleIn(found as unknown as Administrator, group);
    if (!role) throw new AdministratorNotFound();
    refuseStronger(caller, group, role);
    const update = { $pull: { roles: { groupId: group } } };
    await this.administrators.collection.updateOne({ _id: id }, update as object, { session: transaction });
    return role;
  }

  /** @throws LastOwner, which undoes the transaction */
  async #refuseWithoutOwner(group: ObjectId, transaction: ClientSession): Promise<void> {
    const filter = { disabled: false, roles: { $elemMatch: { groupId: group, role: 'GROUP_OWNER' } } };
    const owner = await this.administrators.collection.findOne(filter, {
      session: transaction,
      projection: { _id: 1 },
    });
    if (!owner) throw new LastOwner();
  }
}

/** What counts for all groups of somebody is for an owner of them all. */
export function ownsAllOf(caller: AdminCaller, { roles }: Administrator): boolean {
  return roles.every(({ groupId }) => caller.roleIn(groupId) === 'GROUP_OWNER');
}

function roleIn({ roles }: Administrator, group: ObjectId): Role | undefined {
  return roles.find(({ groupId }) => groupId.equals(group))?.role;
}
