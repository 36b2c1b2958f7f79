import { Injectable } from '@nestjs/common';
import type { App } from '../../apps/app.model.js';
import { AccountNameInUse } from '../../users/users.errors.js';
import type { ActiveProvider } from '../provider-configs.service.js';
import { confirmationOf, settingsOf } from './local-userpass.settings.js';
import { PasswordResetsService } from './password-resets.service.js';
import { RegistrationsService } from './registrations.service.js';
import type { Requester } from './requester.js';
import { uniformly } from './uniform-answer.js';

/** Registers; where the app does not tell which addresses are taken, whoever has one that is learns of it by mail. */
@Injectable()
export class SignUpsService {
  constructor(
    private readonly registrations: RegistrationsService,
    private readonly resets: PasswordResetsService,
  ) {}

  /** @throws as `RegistrationsService.register` does */
  async signUp(
    app: App,
    active: ActiveProvider,
    wanted: { email: string; password: string },
    requester: Requester,
  ): Promise<void> {
    const settings = settingsOf(active.config);
    const isPrivate = settings.config.privacyMode === true && confirmationOf(settings) === 'mail';
    await uniformly(isPrivate, async () => {
      try {
        await this.registrations.register(app, active, wanted, requester);
      } catch (error) {
        if (!isPrivate || !(error instanceof AccountNameInUse)) throw error;
        await this.resets.sendTaken(app, active, wanted.email, requester);
      }
    });
  }
}
