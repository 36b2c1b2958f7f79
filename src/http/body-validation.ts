import { ValidationPipe, type ArgumentMetadata } from '@nestjs/common';
import * as classTransformer from 'class-transformer';
import { validate } from 'class-validator';
import { BadRequest } from '../errors/errors.js';
import { LatchkeyError } from '../errors/latchkey-error.js';

/** Checks what a DTO class says of a body or query. Unknown fields pass by: SDKs send some that we do not know. */
export class BodyValidation extends ValidationPipe {
  constructor() {
    super({
      whitelist: true,
      transform: true,
      validatorPackage: { validate },
      transformerPackage: classTransformer,
      exceptionFactory: (errors) =>
        new BadRequest(Object.values(errors[0]?.constraints ?? {})[0] ?? 'the body is not valid'),
    });
  }

  /** class-transformer copies objects by their constructors, and those of BSON values (a pattern, code) throw on being copied so. */
  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    try {
      return await super.transform(value, metadata);
    } catch (error) {
      throw error instanceof LatchkeyError ? error : new BadRequest('the body is not valid', { cause: error });
    }
  }
}
