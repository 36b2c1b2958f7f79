import { Injectable } from '@nestjs/common';
import type { App } from '../apps/app.model.js';
import { AppsService, type NewApp } from '../apps/apps.service.js';
import { GroupsService } from '../apps/groups.service.js';
import { Database } from '../database/database.js';
import { SigningKeysService } from '../signing-keys/signing-keys.service.js';
import { ProviderConfigsService, type NewProvider } from './provider-configs.service.js';

/** Makes an app that works: its record, its signing key and its providers, all or nothing. */
@Injectable()
export class NewAppsService {
  constructor(
    private readonly database: Database,
    private readonly apps: AppsService,
    private readonly groups: GroupsService,
    private readonly signingKeys: SigningKeysService,
    private readonly configs: ProviderConfigsService,
  ) {}

  /** @throws AppNameInvalid, LifetimeOutOfRange, ClientAppIdInUse, InvalidParameter */
  async create(wanted: NewApp, providers: readonly NewProvider[]): Promise<App> {
    const group = wanted.group ?? (await this.groups.getDefaultId());
    const app = await this.database.transaction(async (transaction) => {
      const made = await this.apps.create({ ...wanted, group }, transaction);
      await this.signingKeys.create(made, transaction);
      for (const provider of providers) await this.configs.create(made, provider, transaction);
      return made;
    });
    this.apps.forget();
    this.signingKeys.forget();
    return app;
  }
}
