import { All, Param } from '@nestjs/common';
import { LatchkeyError } from '../../../errors/latchkey-error.js';
import { NotFound } from '../../../errors/errors.js';
import { AdminController, APP_PATH, Requires } from '../../auth/admin.decorators.js';

export class NotSupported extends LatchkeyError {
  readonly code = 'NotSupported';

  constructor(feature: string) {
    super(`'${feature.slice(0, 64)}' is not supported by this server`);
  }
}

/** The first parts of paths that are served: below them, an address that leads nowhere is a mistake, not a feature. */
const SERVED = new Set([
  'api_keys',
  'audit',
  'auth_providers',
  'custom_user_data',
  'deploy',
  'deployments',
  'description',
  'drafts',
  'functions',
  'import',
  'logs',
  'secrets',
  'services',
  'settings',
  'stats',
  'user_registrations',
  'users',
  'users_count',
  'values',
]);

/** Whatever else the original had under an app: triggers, rules, hosting, sync, GraphQL and more. */
@AdminController(`${APP_PATH}/*`)
@Requires('GROUP_READ_ONLY')
export class NotSupportedController {
  @All()
  refuse(@Param('*') rest: string): never {
    const [feature = ''] = rest.split('/');
    throw SERVED.has(feature) ? new NotFound() : new NotSupported(feature);
  }
}
