import { Controller, Get, UseGuards } from '@nestjs/common';
import { Config } from '../config/config.js';
import { Token } from '../http/token-kind.decorator.js';
import { AppGuard } from './app.guard.js';

/** Where clients shall send everything else: always the configured public URL, never what a header says. */
@Controller('api/client/v2.0/app/:clientAppId/location')
@UseGuards(AppGuard)
@Token('none')
export class LocationController {
  constructor(private readonly config: Config) {}

  @Get()
  location(): Record<string, string> {
    return {
      deployment_model: 'GLOBAL',
      location: 'US-VA',
      hostname: this.config.publicUrl,
      ws_hostname: this.config.publicUrl.replace(/^http/, 'ws'),
    };
  }
}
