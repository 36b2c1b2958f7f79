import { Injectable } from '@nestjs/common';
import { ObjectId } from 'mongodb';
import { AppsService } from '../apps/apps.service.js';
import { AuthHook, type PasswordReset } from '../hooks/auth-hook.js';
import { identityKey } from '../identities/identities.service.js';
import { UserKeysService } from '../providers/api-key/user-keys.service.js';
import { UsersService } from '../users/users.service.js';

/**
 * Whoever answers the mail of a reset has the mailbox, and its address is verified. But somebody else may have had the user
 * before, and have left a way in: another identity, a key. So the address must be the only one (C01).
 */
@Injectable()
export class VerifiedAddressesHook extends AuthHook {
  constructor(
    private readonly apps: AppsService,
    private readonly keys: UserKeysService,
    private readonly users: UsersService,
  ) {
    super();
  }

  /** The sessions of whoever was there are over: nobody makes a key any more. */
  override async afterPasswordReset({ clientAppId, provider, userId, email, byMail }: PasswordReset): Promise<void> {
    const app = byMail && userId !== undefined ? await this.apps.findByClientAppId(clientAppId) : null;
    if (!app) return;
    const user = ObjectId.createFromHexString(userId!);
    if ((await this.keys.list(app, user)).length > 0) return;
    await this.users.verifyOnly(app, user, identityKey(provider, email), email);
  }
}
