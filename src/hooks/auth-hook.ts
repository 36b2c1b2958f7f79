import type { ErrorCode } from '../errors/error-codes.js';
import { LatchkeyError } from '../errors/latchkey-error.js';

/** Whom and what a hook is told about. Ids are 24-hex strings; `ip` is normalised; there is never a secret in it. */
export interface AuthEvent {
  clientAppId: string;
  provider: string;
  ip: string;
  userAgent?: string | undefined;
}

export type LoginAttempt = AuthEvent;

export interface Login extends AuthEvent {
  userId: string;
  sessionId: string;
  /** True where this login made the user. */
  created: boolean;
}

/** Credentials that opened no session, or added no identity. */
export interface LoginFailure extends AuthEvent {
  errorCode: ErrorCode;
  /** Whose account it was, where that is known. */
  userId?: string | undefined;
  /** True where an identity was to be added to a user who is logged in. */
  link: boolean;
}

/** An identity was added to a user by itself. */
export interface Link extends AuthEvent {
  userId: string;
  /** True where nobody asked for it: a first login joined the one user who has the same verified address. */
  byVerifiedEmail?: boolean;
}

export interface Registration extends AuthEvent {
  email: string;
  /** Of the identity that it becomes at the first login. */
  identityId: string;
}

export type Confirmation = Omit<Registration, 'email'>;

export interface PasswordReset extends AuthEvent {
  identityId: string;
  /** The normalised address. */
  email: string;
  /** True where the token was mailed to the address, false where a function was given it. */
  byMail: boolean;
  /** Absent where nobody has logged in with the address yet. */
  userId?: string | undefined;
}

export interface UserEvent {
  clientAppId: string;
  userId: string;
}

export interface Deletion extends UserEvent {
  /** The identities that the user had. */
  identityIds: string[];
  /** False where an administrator did it. */
  byItself: boolean;
}

export interface Merge extends UserEvent {
  /** Who is gone. */
  otherId: string;
  /** False where an administrator did it. */
  byItself: boolean;
  ip?: string | undefined;
  userAgent?: string | undefined;
}

export interface Logout extends UserEvent {
  sessionId: string;
  ip: string;
  userAgent?: string | undefined;
}

/** Signs that somebody else has a session's refresh token. */
export interface SuspiciousSession extends Logout {
  /** A refresh token whose turn was over was used again; or the network and the program changed between two refreshes. */
  reason: 'refresh_token_reused' | 'address_and_user_agent_changed';
  /** Whether the session was ended for it. */
  ended: boolean;
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
  /** A login or a link was refused, whatever the reason. */
  async afterLoginFailed(_failure: LoginFailure): Promise<void> {}
  /** A user added an identity to itself, or a login did so by a verified address. */
  async afterLink(_link: Link): Promise<void> {}
  /** Before an email address is registered. */
  async beforeRegistration(_registration: Registration): Promise<void> {}
  async afterRegistration(_registration: Registration): Promise<void> {}
  /** A registration that waited was confirmed by whoever has its token. */
  async afterConfirmation(_confirmation: Confirmation): Promise<void> {}
  /** A password was set by whoever has the token of a reset; all sessions of the user are over. */
  async afterPasswordReset(_reset: PasswordReset): Promise<void> {}
  /** A session was ended by its own client. */
  async afterLogout(_logout: Logout): Promise<void> {}
  /** A user ended all its sessions but this one. */
  async afterOthersLoggedOut(_kept: Logout): Promise<void> {}
  async afterSuspiciousSession(_session: SuspiciousSession): Promise<void> {}
  /** Two users became one. */
  async afterMerge(_merge: Merge): Promise<void> {}
  /** A user took an identity from itself. */
  async afterUnlink(_link: Link): Promise<void> {}
  /** Before a user is deleted, by itself or by an administrator. */
  async beforeDeletion(_user: UserEvent): Promise<void> {}
  async afterDeletion(_user: Deletion): Promise<void> {}
}

/** Thrown by a hook: the text goes to the client. */
export class LoginRefused extends LatchkeyError {
  readonly code = 'LoginRefused';
}
