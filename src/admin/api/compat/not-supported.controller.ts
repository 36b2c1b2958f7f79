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
export const SERVED: ReadonlySet<string> = new Set([
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
  'inbox',
  'logs',
  'mails',
  'outbox',
  'secrets',
  'security',
  'services',
  'settings',
  'signing_keys',
  'ssf',
  'stats',
  'sync',
  'user_registrations',
  'users',
  'users_count',
  'values',
]);
/** Of what is served, the original had more that is a feature of its own: `security/private_endpoints`. */
const IN_PART = new Set(['deploy', 'security', 'sync']);

/** Whatever else the original had under an app: triggers, rules, hosting, sync, GraphQL and more. */
@AdminController(`${APP_PATH}/*`)
@Requires('GROUP_READ_ONLY')
export class NotSupportedController {
  @All()
  refuse(@Param('*') rest: string): never {
    const [feature = '', part] = rest.split('/');
    if (!SERVED.has(feature)) throw new NotSupported(feature);
    throw IN_PART.has(feature) && part ? new NotSupported(`${feature}/${part}`) : new NotFound();
  }
}
