import { Injectable } from '@nestjs/common';
import { OriginPolicy } from '../http/cors.js';
import { allowsOrigin, AppsService } from './apps.service.js';

/**
 * Answers from the apps' lists of allowed request origins. An app that does not exist hides nothing: its 404 may be read
 * by any page.
 */
@Injectable()
export class AppOrigins extends OriginPolicy {
  constructor(private readonly apps: AppsService) {
    super();
  }

  override async allows(origin: string, clientAppId: string | undefined): Promise<boolean> {
    if (clientAppId === undefined) return this.apps.anyAllows(origin);
    const app = await this.apps.findByClientAppId(clientAppId);
    return !app || allowsOrigin(app, origin);
  }
}
