import { Injectable } from '@nestjs/common';
import type { ObjectId } from 'mongodb';
import type { App } from '../apps/app.model.js';
import { ProviderConfigsService } from './provider-configs.service.js';
import { parseSettings } from './provider-settings.js';
import { ProviderRegistry } from './provider.registry.js';
import { tried, type Trial } from './trial.js';

/** Tries what an administrator saved, enabled or not, as far as that goes without a person. */
@Injectable()
export class ProviderTrialsService {
  constructor(
    private readonly configs: ProviderConfigsService,
    private readonly registry: ProviderRegistry,
  ) {}

  /** @throws ProviderRecordNotFound */
  async run(app: App, id: ObjectId): Promise<Trial[]> {
    const { type, settings } = await this.configs.get(app, id);
    const provider = this.registry.find(type);
    if (!provider) return [{ what: 'type', problem: `this server has no provider of type '${type}'` }];
    const checked = await tried('settings', async () => {
      parseSettings(provider, settings);
      return undefined;
    });
    if (checked.problem !== undefined) return [checked];
    return [checked, ...(await provider.tryOut(app, parseSettings(provider, settings)))];
  }
}
