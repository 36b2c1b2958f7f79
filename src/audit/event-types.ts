/** What clients do. Administrators' changes are named by their route (`src/admin/api/audit/route-events.ts`). */
export const CLIENT_EVENTS = [
  'user.login',
  'user.register',
  'user.confirm',
  'user.reset_password',
  'user.link',
  'user.unlink',
  'user.merge',
  'user.logout',
  'user.logout_others',
  'user.delete',
  'session.suspicious',
  'signal_stream.create',
  'signal_stream.update',
  'signal_stream.status_update',
  'signal_stream.delete',
] as const;

/** What the trail says of itself. */
export const LOST = 'audit.lost';

export type Outcome = 'success' | 'failure';

export interface Actor {
  kind: 'user' | 'administrator' | 'admin_key' | 'server_key' | 'system' | 'command_line' | 'anonymous';
  id?: string;
  /** The address of an administrator, the name of a key. */
  name?: string;
}

/** What happened, as whoever saw it tells. Never a secret; texts are cut. */
export interface NewAuditEvent {
  /** An app has a trail of its own; what belongs to none is in its group's. */
  where: { app: string } | { group: string };
  /** Words of small letters and `_` with dots between them: `user.login`. */
  type: string;
  outcome: Outcome;
  /** Of a failure, as in docs/errors.md. */
  errorCode?: string | undefined;
  actor: Actor;
  /** The id of the user whom it is about. */
  user?: string | undefined;
  /** The id of the identity that a registration becomes, while there is no user. */
  identity?: string | undefined;
  provider?: string | undefined;
  ip?: string | undefined;
  userAgent?: string | undefined;
  /** Nothing in it may point to a person but by id: it outlives the user. */
  details?: Record<string, string> | undefined;
}
