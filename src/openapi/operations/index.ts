import { ADMIN_OPERATIONS } from './admin.js';
import { APP_OPERATIONS } from './apps.js';
import { CLIENT_OPERATIONS } from './client.js';
import type { OperationTexts } from './operation.js';
import { SIGNAL_OPERATIONS } from './signals.js';

/** A route that is not here has a summary made of its handler's name. */
export const OPERATIONS: OperationTexts = {
  ...CLIENT_OPERATIONS,
  ...ADMIN_OPERATIONS,
  ...APP_OPERATIONS,
  ...SIGNAL_OPERATIONS,
};
