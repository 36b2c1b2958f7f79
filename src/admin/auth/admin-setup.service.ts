import { Injectable } from '@nestjs/common';
import type { ClientSession } from 'mongodb';
import { LinkRefused } from './admin-auth.errors.js';
import type { Administrator } from './administrator.model.js';
import { AdministratorsService, type NewAdministrator } from './administrators.service.js';
import { OneTimeLinksService, type MadeLink } from './one-time-links.service.js';

/** How the first administrator comes in: by a link that works once, and only while there is none. */
@Injectable()
export class AdminSetupService {
  constructor(
    private readonly administrators: AdministratorsService,
    private readonly links: OneTimeLinksService,
  ) {}

  /** @returns null where there is an administrator already */
  async makeLink(): Promise<MadeLink | null> {
    return (await this.administrators.isSetUp()) ? null : this.links.make('setup');
  }

  /** @throws LinkRefused */
  async look(token: unknown): Promise<void> {
    await this.links.look('setup', token);
    if (await this.administrators.isSetUp()) throw new LinkRefused();
  }

  /** @throws LinkRefused, EmailInvalid, PasswordRefused */
  async complete(token: unknown, wanted: NewAdministrator): Promise<Administrator> {
    // Before the password is hashed: a hash is dear, and nothing is done for strangers.
    await this.look(token);
    return this.administrators.createFirst(wanted, async (transaction: ClientSession) => {
      await this.links.claim('setup', token, transaction);
      await this.links.removeSetupLinks(transaction);
    });
  }
}
