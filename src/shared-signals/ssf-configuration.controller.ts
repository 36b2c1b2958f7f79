import { Controller, Get, Header, UseGuards } from '@nestjs/common';
import { App } from '../apps/app.model.js';
import { AppGuard, CurrentApp } from '../apps/app.guard.js';
import { Config } from '../config/config.js';
import { Token } from '../http/token-kind.decorator.js';
import { issuerOf } from '../signing-keys/issuer.js';
import { transmitterView } from './streams.view.js';

/** OpenID Shared Signals Framework 1.0 §7: where a receiver looks for what an app has to offer. */
@Controller()
@UseGuards(AppGuard)
@Token('none')
export class SsfConfigurationController {
  constructor(private readonly config: Config) {}

  /** §7.2 puts it before the issuer's path; who looks under the issuer, as for OpenID Connect, finds it too. */
  @Get([
    '.well-known/ssf-configuration/api/client/v2.0/app/:clientAppId',
    'api/client/v2.0/app/:clientAppId/.well-known/ssf-configuration',
  ])
  @Header('cache-control', 'public, max-age=300')
  configuration(@CurrentApp() app: App): Record<string, unknown> {
    return transmitterView(issuerOf(this.config, app));
  }
}
