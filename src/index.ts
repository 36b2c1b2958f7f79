/** What outside code may import. What is not here may change without notice. */
export { AuthHook, LoginRefused } from './hooks/auth-hook.js';
export type {
  AuthEvent,
  Confirmation,
  Deletion,
  Link,
  Login,
  LoginAttempt,
  LoginFailure,
  Logout,
  Merge,
  PasswordReset,
  Registration,
  SuspiciousSession,
  UserEvent,
} from './hooks/auth-hook.js';
export { AuthFunction, type FunctionCall } from './functions/auth-function.js';
export { FunctionRegistry } from './functions/function.registry.js';
export { FunctionRefused } from './functions/functions.errors.js';
export { HookRegistry } from './hooks/hook.registry.js';
export type { Mail } from './mail/mail.js';
export { Mailer, MailRefused } from './mail/mailer.js';
export { MailerRegistry } from './mail/mailer.registry.js';
export { PlaceRegistry, PlaceResolver } from './hooks/place.resolver.js';
export {
  AuthProvider,
  CredentialsStrategy,
  type Attempt,
  type Preset,
  type Strategies,
} from './providers/auth-provider.js';
export { tried, type Trial } from './providers/trial.js';
export { RedirectFlow, type Trip } from './providers/oauth2/redirect-flow.js';
export { ProviderRegistry } from './providers/provider.registry.js';
export type { VerifiedIdentity } from './identities/verified-identity.js';
export { LatchkeyError } from './errors/latchkey-error.js';
export type { ErrorCode } from './errors/error-codes.js';
export { SecretsService } from './secrets/secrets.service.js';
export type { App } from './apps/app.model.js';
export { AuthError } from './providers/providers.errors.js';
export { BadRequest } from './errors/errors.js';
export { Clock } from './common/clock.js';
export { Config } from './config/config.js';
export { loadConfig } from './config/load-config.js';
export { MasterKey } from './crypto/sealing.js';
export { LatchkeyModule, type LatchkeyOptions } from './latchkey.module.js';
export { firstRun } from './setup/first-run.js';
export { startServer, type StartOptions } from './start.js';
export { createServer, type LatchkeyServer, type ServerOptions } from './server.js';
