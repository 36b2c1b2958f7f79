import { Injectable } from '@nestjs/common';
import { ObjectId } from 'mongodb';
import type { App } from '../../apps/app.model.js';
import { Database } from '../../database/database.js';
import { AccountNameInUse } from '../../users/users.errors.js';
import type { ActiveProvider } from '../provider-configs.service.js';
import { ConfirmationFunctionsService } from './confirmation-functions.service.js';
import { confirmationOf, settingsOf } from './local-userpass.settings.js';
import { PasswordResetsService } from './password-resets.service.js';
import { RegistrationsService } from './registrations.service.js';
import type { Requester } from './requester.js';
import type { TokenPair } from './token-pair.js';
import { uniformly } from './uniform-answer.js';

/** Registers; where the app does not tell which addresses are taken, whoever has one that is learns of it by mail. */
@Injectable()
export class SignUpsService {
  constructor(
    private readonly registrations: RegistrationsService,
    private readonly byFunction: ConfirmationFunctionsService,
    private readonly database: Database,
    private readonly resets: PasswordResetsService,
  ) {}

  /** @throws RegistrationFailed, and as `RegistrationsService.register` does */
  async signUp(
    app: App,
    active: ActiveProvider,
    wanted: { email: string; password: string },
    requester: Requester,
  ): Promise<void> {
    const settings = settingsOf(active.config);
    const confirmation = confirmationOf(settings);
    const isPrivate = settings.config.privacyMode === true && confirmation === 'mail';
    await uniformly(isPrivate, async () => {
      try {
        const pair = await this.registrations.register(app, active, wanted, requester);
        if (pair && confirmation === 'function') await this.#ask(app, active, { email: wanted.email, pair }, requester);
      } catch (error) {
        if (!isPrivate || !(error instanceof AccountNameInUse)) throw error;
        await this.resets.sendTaken(app, active, wanted.email, requester);
      }
    });
  }

  /** What the function refuses leaves nothing. */
  async #ask(
    app: App,
    { config }: ActiveProvider,
    registered: { email: string; pair: TokenPair },
    { ip }: Requester,
  ): Promise<void> {
    try {
      await this.byFunction.decide(app, config, registered, ip);
    } catch (error) {
      const filter = {
        tokenId: ObjectId.createFromHexString(registered.pair.tokenId),
        confirmedAt: { $exists: false },
      };
      await this.database.transaction((transaction) => this.registrations.remove(app, filter, transaction));
      throw error;
    }
  }
}
