import { Body, Controller, Post } from '@nestjs/common';
import { LatchkeyError } from '../errors/latchkey-error.js';

class FunctionNotFound extends LatchkeyError {
  readonly code = 'FunctionNotFound';

  constructor(name: unknown) {
    super(typeof name === 'string' ? `function not found: '${name.slice(0, 64)}'` : 'function not found');
  }
}

/**
 * Latchkey runs no functions. Apps that call one get to know it only after their token was checked, so that an expired one
 * is refreshed as before (client-api.md, trap 28).
 */
@Controller('api/client/v2.0/app/:clientAppId/functions/call')
export class FunctionCallController {
  @Post()
  call(@Body() body: unknown): never {
    throw new FunctionNotFound(typeof body === 'object' && body !== null && 'name' in body ? body.name : undefined);
  }
}
