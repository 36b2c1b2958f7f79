import { CONSOLE_NAMES } from './console-events.js';

const APP = '/groups/:groupId/apps/:appId';

/**
 * The names of what administrators do, by method and path below `/api/admin/v3.0`, and of the one-time pages of the console.
 * null: changes nothing. A route that is not here has a name made of its path.
 */
const NAMES: Record<string, string | null> = {
  'POST /auth/providers/local-userpass/login': 'admin.login',
  'POST /auth/providers/mongodb-cloud/login': 'admin.login',
  'POST /auth/providers/api-key/login': 'admin.login',
  'POST /auth/session': null,
  'DELETE /auth/session': 'admin.logout',
  'PUT /auth/password': 'admin.password_change',
  'POST /auth/totp': 'admin.second_factor_set',
  'DELETE /auth/totp': 'admin.second_factor_remove',
  'POST /auth/totp/recovery_codes': 'admin.recovery_codes_renew',
  'DELETE /auth/sessions': 'admin.sessions_end',
  'DELETE /auth/sessions/:sessionId': 'admin.session_end',
  'POST /auth/invitations/accept': 'admin.invitation_accept',
  'POST /groups': 'group.create',
  'POST /groups/:groupId/administrators': 'administrator.invite',
  'PATCH /groups/:groupId/administrators/:id': 'administrator.update',
  'DELETE /groups/:groupId/administrators/:id': 'administrator.remove',
  'DELETE /groups/:groupId/administrators/:id/totp': 'administrator.second_factor_reset',
  'POST /groups/:groupId/api_keys': 'admin_key.create',
  'DELETE /groups/:groupId/api_keys/:id': 'admin_key.delete',
  'POST /groups/:groupId/apps': 'app.create',
  [`DELETE ${APP}`]: 'app.delete',
  [`PATCH ${APP}/settings`]: 'app.settings_update',
  [`PATCH ${APP}/custom_user_data`]: 'app.custom_user_data_update',
  [`POST ${APP}/security/allowed_request_origins`]: 'app.origins_update',
  [`POST ${APP}/security/access_list`]: 'app.access_list_update',
  [`PATCH ${APP}/security/access_list/:id`]: 'app.access_list_update',
  [`DELETE ${APP}/security/access_list/:id`]: 'app.access_list_update',
  [`PUT ${APP}/security/refresh_token_expiration`]: 'app.lifetimes_update',
  [`POST ${APP}/ssf/streams`]: 'signal_stream.create',
  [`PATCH ${APP}/ssf/streams/:id`]: 'signal_stream.status_update',
  [`DELETE ${APP}/ssf/streams/:id`]: 'signal_stream.delete',
  [`POST ${APP}/mails/:template/preview`]: null,
  [`POST ${APP}/mails/:template/test`]: 'mail.test',
  [`POST ${APP}/secrets`]: 'secret.create',
  [`PUT ${APP}/secrets/:id`]: 'secret.update',
  [`DELETE ${APP}/secrets/:id`]: 'secret.delete',
  [`POST ${APP}/functions`]: 'function.create',
  [`PUT ${APP}/functions/:id`]: 'function.update',
  [`DELETE ${APP}/functions/:id`]: 'function.delete',
  [`POST ${APP}/auth_providers`]: 'provider.create',
  [`PATCH ${APP}/auth_providers/:id`]: 'provider.update',
  [`PUT ${APP}/auth_providers/:id/enable`]: 'provider.enable',
  [`PUT ${APP}/auth_providers/:id/disable`]: 'provider.disable',
  [`POST ${APP}/auth_providers/:id/test`]: null,
  [`DELETE ${APP}/auth_providers/:id`]: 'provider.delete',
  [`POST ${APP}/api_keys`]: 'server_key.create',
  [`DELETE ${APP}/api_keys/:id`]: 'server_key.delete',
  [`PUT ${APP}/api_keys/:id/enable`]: 'server_key.enable',
  [`PUT ${APP}/api_keys/:id/disable`]: 'server_key.disable',
  [`GET ${APP}/users/export`]: 'user.export',
  [`POST ${APP}/users/verify_token`]: null,
  [`POST ${APP}/users`]: 'user.create',
  [`POST ${APP}/users/invite`]: 'user.invite',
  [`POST ${APP}/users/:id/send_reset`]: 'user.reset_send',
  [`POST ${APP}/users/merge`]: 'user.merge',
  [`POST ${APP}/users/bulk`]: 'user.bulk',
  [`POST ${APP}/users/bulk_jobs`]: 'user.bulk_start',
  [`DELETE ${APP}/users/bulk_jobs/:jobId`]: 'user.bulk_stop',
  [`DELETE ${APP}/users/:id`]: 'user.delete',
  [`PUT ${APP}/users/:id/enable`]: 'user.enable',
  [`PUT ${APP}/users/:id/disable`]: 'user.disable',
  [`PUT ${APP}/users/:id/logout`]: 'user.sessions_revoke',
  [`PUT ${APP}/users/:id/password`]: 'user.password_set',
  [`PATCH ${APP}/users/:id/reset_email`]: 'user.email_change',
  [`DELETE ${APP}/users/:id/sessions/:sessionId`]: 'user.session_end',
  [`DELETE ${APP}/users/:id/api_keys/:keyId`]: 'user.api_key_delete',
  [`POST ${APP}/users/:id/identities`]: 'user.identity_add',
  [`DELETE ${APP}/users/:id/identities/:identityId`]: 'user.identity_remove',
  [`PUT ${APP}/users/:id/custom_data`]: 'user.custom_data_set',
  [`POST ${APP}/user_registrations/by_email/:email/confirm`]: 'registration.confirm',
  [`POST ${APP}/user_registrations/by_email/:email/send_confirm`]: 'registration.token_issue',
  [`POST ${APP}/user_registrations/by_email/:email/run_confirm`]: 'registration.token_issue',
  [`DELETE ${APP}/user_registrations/by_email/:email`]: 'registration.delete',
  [`DELETE ${APP}/user_registrations/by_id/:id`]: 'registration.delete',
  [`GET ${APP}/inbox/:id`]: 'mail.read',
  ...CONSOLE_NAMES,
};

const READS = new Set(['GET', 'HEAD', 'OPTIONS']);
const VERBS: Record<string, string> = { POST: 'create', PUT: 'update', PATCH: 'update', DELETE: 'delete' };

/** @param path of the route, below `/api/admin/v3.0` or else whole. @returns null for what is not recorded */
export function eventNameOf(method: string, path: string): string | null {
  const name = NAMES[`${method} ${path}`];
  if (name !== undefined) return name;
  if (READS.has(method) || path.includes('*')) return null;
  const parts = path.replace(APP, '').replace('/groups/:groupId', '').split('/').filter(Boolean);
  const words = parts.filter((part) => !part.startsWith(':'));
  // A word behind an id says what was done: `mails/:template/test`.
  const saysIt = words.length > 1 && !parts.at(-1)!.startsWith(':') && method !== 'DELETE' && method !== 'PATCH';
  return [...words, ...(saysIt ? [] : [VERBS[method] ?? method])]
    .join('.')
    .toLowerCase()
    .replaceAll(/[^a-z0-9_.]/g, '_');
}
