import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { Database } from '../../database/database.js';
import { InvalidPasswordForLink } from '../../providers/local-userpass/local-userpass.errors.js';
import { AccountNameInUse } from '../../users/users.errors.js';
import { AdminLoginService } from './admin-login.service.js';
import { Administrator } from './administrator.model.js';
import { AdministratorsService } from './administrators.service.js';
import type { OneTimeLink } from './one-time-link.model.js';
import { OneTimeLinksService } from './one-time-links.service.js';

export interface Acceptance {
  token: unknown;
  /** Chosen now; or the present one, where the address belongs to an administrator of another group. */
  password: string;
  displayName?: string;
}

/** An invitation becomes a role in its group. */
@Injectable()
export class InvitationsService {
  constructor(
    @InjectModel(Administrator.name) private readonly models: Model<Administrator>,
    private readonly administrators: AdministratorsService,
    private readonly login: AdminLoginService,
    private readonly links: OneTimeLinksService,
    private readonly database: Database,
  ) {}

  /** @returns the address that it invites, and whether that already belongs to an administrator @throws LinkRefused */
  async look(token: unknown): Promise<{ email: string; known: boolean }> {
    const { email, emailKey } = await this.links.look('invitation', token);
    return { email: email!, known: (await this.administrators.findByEmail(emailKey!)) !== null };
  }

  /**
   * @throws LinkRefused, PasswordRefused, InvalidPasswordForLink (the present password is wrong), TooManyRequests,
   *   AccountNameInUse
   */
  async accept(
    { token, password, displayName }: Acceptance,
    ip: string,
  ): Promise<Pick<Administrator, '_id' | 'email'>> {
    const link = await this.links.look('invitation', token);
    if (await this.administrators.findByEmail(link.emailKey!)) return this.#join(link, token, password, ip);
    const wanted = { email: link.email!, password, ...(displayName === undefined ? {} : { displayName }) };
    const administrator = await this.administrators.prepare(wanted, []);
    await this.database.transaction(async (transaction) => {
      const { group, role } = await this.links.claim('invitation', token, transaction);
      await this.administrators.insert({ ...administrator, roles: [{ groupId: group!, role: role! }] }, transaction);
    });
    return administrator;
  }

  async #join(
    link: OneTimeLink,
    token: unknown,
    password: string,
    ip: string,
  ): Promise<Pick<Administrator, '_id' | 'email'>> {
    const administrator = await this.login.checkPassword(link.emailKey!, password, ip);
    if (!administrator) throw new InvalidPasswordForLink();
    await this.database.transaction(async (transaction) => {
      const { group, role } = await this.links.claim('invitation', token, transaction);
      const filter = { _id: administrator._id, 'roles.groupId': { $ne: group } };
      const update = { $push: { roles: { groupId: group, role } } };
      const options = { session: transaction };
      const { matchedCount } = await this.models.collection.updateOne(filter, update as object, options);
      if (matchedCount === 0) throw new AccountNameInUse();
    });
    return administrator;
  }
}
