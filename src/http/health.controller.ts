import { Controller, Get, HttpCode } from '@nestjs/common';
import { ServiceUnavailable } from '../errors/errors.js';
import { Database } from '../database/database.js';
import { Readiness } from './readiness.js';
import { Token } from './token-kind.decorator.js';

@Controller('health')
@Token('none')
export class HealthController {
  constructor(
    private readonly readiness: Readiness,
    private readonly database: Database,
  ) {}

  /** The process answers. */
  @Get('live')
  @HttpCode(200)
  live(): { status: string } {
    return { status: 'ok' };
  }

  /** Requests are welcome: not shutting down, and the store answers. */
  @Get('ready')
  async ready(): Promise<{ status: string }> {
    if (this.readiness.draining) throw new ServiceUnavailable('the server is shutting down');
    await this.database.check();
    return { status: 'ok' };
  }
}
