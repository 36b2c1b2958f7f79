import { Controller, Get } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { Token } from '../../http/token-kind.decorator.js';

/** What command-line tools ask first, to see whether somebody is there (admin-api.md section 2). */
@Controller('api')
@Token('none')
export class PingsController {
  constructor(private readonly config: Config) {}

  @Get('private/v1.0/version')
  version(): Record<string, string> {
    return { version: 'latchkey' };
  }

  @Get('public/v1.0')
  publicApi(): Record<string, unknown> {
    return { appName: 'Latchkey', links: [{ href: `${this.config.publicUrl}/api/public/v1.0`, rel: 'self' }] };
  }
}
