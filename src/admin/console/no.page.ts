import { Get } from '@nestjs/common';
import { t } from '../../../admin-ui/strings.js';
import { LatchkeyError } from '../../errors/latchkey-error.js';
import { ConsolePage } from './console-page.js';

export class PageNotFound extends LatchkeyError {
  readonly code = 'NotFound';

  constructor() {
    super(t.problem.noPage);
  }
}

/** Addresses of the console at which there is nothing. */
@ConsolePage('*')
export class NoPage {
  @Get()
  show(): never {
    throw new PageNotFound();
  }
}
