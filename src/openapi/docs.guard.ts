import { Injectable, type CanActivate } from '@nestjs/common';
import { Config } from '../config/config.js';
import { NotFound } from '../errors/errors.js';

/** Where the description is switched off, there is nothing at its addresses. */
@Injectable()
export class DocsGuard implements CanActivate {
  constructor(private readonly config: Config) {}

  canActivate(): true {
    if (this.config.apiDocs === 'off') throw new NotFound();
    return true;
  }
}
