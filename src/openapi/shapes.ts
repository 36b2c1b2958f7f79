import { z } from 'zod';

/*
 * What goes over the wire, named as in the document. The tests check that what they recorded has these shapes.
 */

export const objectId = z.string().regex(/^[0-9a-f]{24}$/);
const unixSeconds = z.int().describe('Unix seconds');
const jwt = z.string().describe('a JWT');
const free = z.record(z.string(), z.unknown());

export const Nothing = z.object({}).describe('an empty object');
export const Id = z.object({ _id: objectId });
export const Named = z.object({ _id: objectId, name: z.string() });
export const Texts = z.array(z.string());
export const Free = free;
export const Count = z.int();
export const Status = z.object({ status: z.string() });

export const Tokens = z.object({
  access_token: jwt.optional(),
  refresh_token: jwt.optional(),
  user_id: z.string(),
  device_id: z.string(),
});
export const AccessToken = z.object({ access_token: jwt, refresh_token: jwt.optional() });

const Identity = z.object({
  id: z.string(),
  provider_type: z.string(),
  provider_id: z.string(),
  provider_data: free.optional(),
});
export const Profile = z.object({
  user_id: objectId,
  domain_id: objectId,
  type: z.string(),
  identities: z.array(Identity),
  data: free,
  roles: z.array(z.object({ role_name: z.string(), group_id: objectId })).optional(),
});
export const OwnSession = z.object({
  _id: objectId,
  current: z.boolean(),
  created: unixSeconds,
  last_used: unixSeconds,
  device: z
    .object({ _id: objectId, platform: z.string(), platform_version: z.string(), user_agent: z.string() })
    .optional(),
  ip_network: z.string().optional(),
  place: z.string().optional(),
});
export const KeySet = z.object({ keys: z.array(free) });

export const LoginWay = z.object({ name: z.string(), type: z.string(), display_name: z.string().optional() });
export const ProviderSummary = z.object({
  _id: objectId.optional(),
  name: z.string(),
  type: z.string(),
  disabled: z.boolean(),
});
export const Provider = z.object({
  ...ProviderSummary.shape,
  config: free.optional(),
  secret_config: free.optional().describe('names of secrets, never values'),
  metadata_fields: z.array(free).optional(),
  redirect_uris: Texts.optional(),
  domain_restrictions: Texts.optional(),
});
export const ProviderInput = Provider.omit({ _id: true }).partial();

export const Group = z.object({
  _id: objectId,
  name: z.string(),
  role_name: z.string(),
  created: unixSeconds,
});
export const Administrator = z.object({
  _id: objectId,
  email: z.string(),
  name: z.string().optional(),
  role_name: z.string(),
  second_factor: z.boolean().optional(),
  status: z.enum(['active', 'disabled', 'invited']),
  created: unixSeconds.optional(),
  expires: unixSeconds.optional(),
  last_login: unixSeconds.optional(),
  link: z.string().optional().describe('shown once'),
});
export const AdminKey = z.object({
  _id: objectId,
  name: z.string(),
  role_name: z.string(),
  public_key: z.string(),
  private_key: z.string().optional().describe('shown once'),
  created: unixSeconds,
  last_login: unixSeconds,
});
export const AdminSession = z.object({
  _id: objectId,
  current: z.boolean(),
  created: unixSeconds,
  last_used: unixSeconds,
  provider_type: z.string(),
  ip: z.string(),
  user_agent: z.string(),
});
export const System = z.object({
  version: z.string(),
  node: z.string(),
  started: unixSeconds,
  store: z.object({
    kind: z.enum(['embedded', 'mongodb']),
    database: z.string(),
    writable: z.boolean(),
    data_bytes: z.number(),
    storage_bytes: z.number(),
    disk_free_bytes: z.number().optional(),
    disk_total_bytes: z.number().optional(),
  }),
  counts: z.object({ apps: z.int(), users: z.int(), sessions: z.int() }),
  warnings: z.array(z.object({ code: z.string(), message: z.string() })),
});

export const App = z.object({
  _id: objectId,
  client_app_id: z.string(),
  name: z.string(),
  location: z.string(),
  provider_region: z.string(),
  deployment_model: z.string(),
  domain_id: objectId,
  group_id: objectId,
  last_used: unixSeconds,
  last_modified: unixSeconds,
  product: z.string(),
  environment: z.string(),
});
export const Settings = z.object({
  access_token_seconds: z.int(),
  access_token_jitter_percent: z.int(),
  refresh_token_seconds: z.int(),
  refresh_mode: z.enum(['stable', 'rotating']),
  session_idle_seconds: z.int(),
  session_absolute_seconds: z.int(),
  moved_session: z.enum(['audit', 'end']),
  revocation: z.enum(['strict', 'lax']),
  signing_algorithm: z.enum(['ES256', 'RS256']),
  signing_key_days: z.int(),
  link_by_verified_email: z.boolean(),
  mail_sender: z.string(),
  mail_locale: z.enum(['en', 'de', 'fr', 'es']),
  mail_texts: z.record(z.string(), z.unknown()),
  password_min_length: z.int(),
  refuse_common_passwords: z.boolean(),
  refuse_breached_passwords: z.boolean(),
  privacy_mode: z.boolean(),
  anonymous_expiry_days: z.int(),
});
export const CustomUserData = z.object({
  mongo_service_id: z.string(),
  database_name: z.string(),
  collection_name: z.string(),
  user_id_field: z.string(),
  on_user_creation_function_id: z.string(),
  enabled: z.boolean(),
});
export const AccessEntry = z.object({
  _id: objectId,
  address: z.string(),
  ip: z.string(),
  network: z.string().optional(),
  comment: z.string().optional(),
  includes_current: z.boolean(),
});
export const AccessList = z.object({ current_ip: z.string(), allowed_ips: z.array(AccessEntry) });
export const RefreshTokenExpiration = z.object({ expiration_time_seconds: z.int() });
export const SigningKey = z.object({
  kid: z.string(),
  algorithm: z.string(),
  state: z.string(),
  created: unixSeconds,
  used_from: unixSeconds,
  published_until: unixSeconds.optional(),
  retired: unixSeconds.optional(),
});

export const User = z.object({
  _id: objectId,
  domain_id: objectId,
  identities: z.array(Identity),
  data: free,
  custom_data: free,
  type: z.enum(['normal', 'server']),
  disabled: z.boolean(),
  roles: z.array(z.unknown()),
  creation_date: unixSeconds,
  last_authentication_date: unixSeconds.describe('Unix seconds, 0 for never'),
  sessions_valid_since: unixSeconds,
});
export const BulkResult = z.object({
  _id: z.string(),
  ok: z.boolean(),
  error: z.string().optional(),
  error_code: z.string().optional(),
});
export const BulkJob = z.object({
  _id: objectId,
  action: z.enum(['enable', 'disable', 'logout', 'delete']),
  state: z.enum(['collecting', 'running', 'done', 'stopped']),
  total: z.number(),
  handled: z.number(),
  failed: z.number(),
  failures: z.array(z.object({ _id: objectId, error: z.string(), error_code: z.string() })).optional(),
  by: z.string(),
  created: z.number(),
  finished: z.number().optional(),
});
export const Device = z.object({
  _id: objectId,
  platform: z.string(),
  platform_version: z.string(),
  client_app_version: z.string(),
});
export const Session = z.object({
  _id: objectId,
  created: unixSeconds,
  last_used: unixSeconds,
  expires: unixSeconds,
  provider_type: z.string(),
  ip: z.string(),
  user_agent: z.string(),
  device: free,
});
export const VerifiedToken = z.union([
  z.object({
    sub: objectId,
    exp: unixSeconds,
    iat: unixSeconds,
    iss: z.string(),
    aud: z.union([z.string(), Texts]).optional(),
    domain_id: objectId,
    device_id: objectId,
    custom_user_data: free.optional(),
  }),
  z.literal('token expired'),
]);
export const PendingUser = z.object({
  _id: objectId,
  domain_id: objectId,
  login_ids: z.array(z.object({ id_type: z.literal('email'), id: z.string(), confirmed: z.boolean() })),
  user_id: z.string(),
});
export const TokenPair = z.object({ token: z.string(), token_id: z.string() });
export const ApiKey = z.object({
  _id: objectId,
  name: z.string(),
  disabled: z.boolean(),
  key: z.string().optional().describe('shown once'),
});
export const FunctionRecord = z.object({
  ...Named.shape,
  last_modified: unixSeconds.optional(),
  webhook_url: z.string().optional(),
  secret: z.string().optional().describe('the name of a secret'),
  source: z.string().optional().describe('kept, never run'),
});
export const FunctionInput = FunctionRecord.omit({ _id: true, last_modified: true });
export const Mail = z.object({
  _id: objectId,
  to: z.string(),
  subject: z.string(),
  state: z.string(),
  attempts: z.int(),
  created_at: unixSeconds,
  done_at: unixSeconds.optional(),
  problem: z.string().optional(),
  text: z.string().optional(),
  html: z.string().optional(),
});
export const AuditEvent = z.object({
  _id: objectId,
  date: z.string(),
  type: z.string(),
  outcome: z.enum(['success', 'failure']),
  error_code: z.string().optional(),
  actor: z.object({ kind: z.string(), id: z.string().optional(), name: z.string().optional() }),
  user_id: z.string().optional(),
  provider: z.string().optional(),
  ip: z.string().optional(),
  user_agent: z.string().optional(),
  details: free.optional(),
  erased: z.boolean().optional(),
  seq: z.int(),
  hash: z.string(),
});
export const LogPage = z.object({
  logs: z.array(free),
  nextEndDate: z.string().optional(),
  nextSkip: z.int().optional(),
});
export const StatsDay = z.object({
  day: z.string(),
  provider: z.string().optional(),
  sign_ups: z.int(),
  logins: z.int(),
  failures: z.int(),
  active_users: z.int().optional(),
});
export const Service = z.object({ ...Named.shape, type: z.string() });
export const Deployment = z.object({ ...Id.shape, status: z.string() });
export const Value = z.object({ ...Named.shape, private: z.boolean(), from_secret: z.boolean() });

export const ErrorBody = z.object({
  error: z.string().describe('for people'),
  error_code: z.string().optional().describe('for programs: docs/errors.md lists them'),
  link: z.string().optional(),
});
