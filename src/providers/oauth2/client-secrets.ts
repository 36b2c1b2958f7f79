import { Injectable } from '@nestjs/common';
import type { App } from '../../apps/app.model.js';
import { SecretsService } from '../../secrets/secrets.service.js';
import { ExternalLoginRefused } from './oauth2.errors.js';

/** Client secrets by the name they are kept under. Read for each login: one that is replaced counts at once. */
@Injectable()
export class ClientSecrets {
  constructor(private readonly secrets: SecretsService) {}

  /** @throws ExternalLoginRefused where there is none */
  async get(app: App, name: string | null | undefined): Promise<string> {
    const value = name ? await this.secrets.findValue(app, name) : null;
    if (value === null) throw new ExternalLoginRefused('the provider has no client secret');
    return value;
  }
}
