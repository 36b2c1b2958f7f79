import { Body, Controller, Post } from '@nestjs/common';
import { FunctionNotFound } from './functions.errors.js';

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
