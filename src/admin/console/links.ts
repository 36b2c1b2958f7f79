import type { Config } from '../../config/config.js';
import { ADMIN_API } from '../auth/admin.decorators.js';

export function adminLoginUrl({ publicUrl }: Config): string {
  return `${publicUrl}/${ADMIN_API}/auth/providers/local-userpass/login`;
}
