import { LatchkeyError } from '../errors/latchkey-error.js';

/** Whom and what a hook is told about. Ids are 24-hex strings; `ip` is normalised; there is never a secret in it. */
export interface AuthEvent {
  clientAppId: string;
  provider: string;
  ip: string;
}

export type LoginAttempt = AuthEvent;

export interface Login extends AuthEvent {
  userId: string;
  sessionId: string;
  /** True where this login made the user. */
  created: boolean;
}

export interface Registration extends AuthEvent {
  email: string;
}

export interface UserEvent {
  clientAppId: string;
  userId: string;
}

export interface Logout extends UserEvent {
  sessionId: string;
}

/**
 * Where others may have a say: extend it, override what you need, and register it from your module's constructor with
 * `HookRegistry`. A `before…` that throws `LoginRefused` stops what was about to happen: 403, nothing was changed. What an
 * `after…` throws is logged; it cannot undo what has happened.
 */
export abstract class AuthHook {
  /** Before credentials are checked. */
  async beforeLogin(_attempt: LoginAttempt): Promise<void> {}
  /** A session was opened. */
  async afterLogin(_login: Login): Promise<void> {}
  /** Before an email address is registered. */
  async beforeRegistration(_registration: Registration): Promise<void> {}
  async afterRegistration(_registration: Registration): Promise<void> {}
  /** A session was ended by its own client. */
  async afterLogout(_logout: Logout): Promise<void> {}
  /** Before a user is deleted, by itself or by an administrator. */
  async beforeDeletion(_user: UserEvent): Promise<void> {}
  async afterDeletion(_user: UserEvent): Promise<void> {}
}

/** Thrown by a hook: the text goes to the client. */
export class LoginRefused extends LatchkeyError {
  readonly code = 'LoginRefused';
}
