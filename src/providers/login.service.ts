import { Injectable } from '@nestjs/common';
import { ObjectId } from 'mongodb';
import type { App } from '../apps/app.model.js';
import { InvalidParameter, MissingParameter } from '../errors/errors.js';
import { LatchkeyError } from '../errors/latchkey-error.js';
import type { AuthEvent } from '../hooks/auth-hook.js';
import { HookRegistry } from '../hooks/hook.registry.js';
import { IdentitiesService, identityKey } from '../identities/identities.service.js';
import type { VerifiedIdentity } from '../identities/verified-identity.js';
import { UserCreationLimit } from '../rate-limits/limits.js';
import type { Caller } from '../sessions/authenticator.js';
import type { OpenedSession } from '../sessions/session.view.js';
import { InvalidSession } from '../sessions/sessions.errors.js';
import { SessionsService, type ClientContext } from '../sessions/sessions.service.js';
import { UserDisabled } from '../users/users.errors.js';
import { UsersService, type StoredUser } from '../users/users.service.js';
import type { Attempt, AuthProvider } from './auth-provider.js';
import { ProviderConfigsService, type ActiveProvider } from './provider-configs.service.js';
import { AuthError, AuthProviderNotFound } from './providers.errors.js';
import { runStrategy } from './run-strategy.js';

/** Finds out whose login it is, or throws. */
type Verify = (attempt: Attempt) => Promise<VerifiedIdentity>;

/** Credentials become a session, or one more identity of a user. */
@Injectable()
export class LoginService {
  constructor(
    private readonly configs: ProviderConfigsService,
    private readonly identities: IdentitiesService,
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly hooks: HookRegistry,
    private readonly creationLimit: UserCreationLimit,
  ) {}

  /**
   * @param body the credentials, at top level, and `options`
   * @throws AuthProviderNotFound, UserDisabled, LoginRefused, and what the provider throws
   */
  async logIn(
    app: App,
    providerName: string,
    body: unknown,
    client: Omit<ClientContext, 'device'>,
  ): Promise<OpenedSession> {
    const active = await this.configs.getActive(app, providerName);
    return this.logInBy(app, active, { ...client, device: deviceIn(body) }, (attempt) =>
      this.#verify(active, body, attempt),
    );
  }

  /** @param verify finds out who it is */
  async logInBy(app: App, active: ActiveProvider, client: ClientContext, verify: Verify): Promise<OpenedSession> {
    const attempt = { app, source: active.config, ip: client.ip, device: client.device, link: false };
    try {
      return await this.#open(active, attempt, client, verify);
    } catch (error) {
      await this.#tellOfFailure(attempt, client.userAgent, error);
      throw error;
    }
  }

  async #open(active: ActiveProvider, attempt: Attempt, client: ClientContext, verify: Verify): Promise<OpenedSession> {
    const { app } = attempt;
    const { clientAppId } = app;
    const event = { clientAppId, provider: active.config.type, ip: client.ip, userAgent: client.userAgent };
    await this.hooks.before('beforeLogin', event);
    // Before the user is read: what is revoked while the password is checked stays revoked.
    const mark = this.sessions.mark();
    const verified = await verify(attempt);
    if (verified.owner) attempt.userId = verified.owner._id.toHexString();
    const owner = await this.identities.findOwner(app, active.config, verified);
    const key = identityKey(active.config.name, verified.subject);
    const joined = owner ? null : await this.#joined(app, active, verified, event);
    if (!owner && !joined) await this.creationLimit.charge(clientAppId, client.ip);
    const known = joined ?? (owner && (await this.#renewed(app, owner, key, verified)));
    const { user, created } = known
      ? { user: known, created: false }
      : await this.identities.createOwner(app, active.config, verified);
    if (!created) this.users.noteLogin(user);
    const used = user.identities.find((identity) => identity.key === key);
    const identity = {
      id: used?.id ?? verified.id ?? verified.subject,
      provider: active.config.type,
      providerId: active.config._id,
    };
    const opened = await this.sessions.open(app, user, identity, client, mark);
    const { userId, sessionId } = opened;
    if (verified.stillHolds && !(await verified.stillHolds())) {
      await this.sessions.end(app, { session: ObjectId.createFromHexString(sessionId) }, 'revoked');
      throw new AuthError('unauthorized');
    }
    await this.hooks.after('afterLogin', { ...event, userId, sessionId, created });
    return opened;
  }

  /** The user who has the same verified address, where the app wants such logins to join it. */
  async #joined(
    app: App,
    active: ActiveProvider,
    verified: VerifiedIdentity,
    event: AuthEvent,
  ): Promise<StoredUser | null> {
    const user = await this.identities.join(app, active.config, verified);
    if (!user) return null;
    this.sessions.forget(user._id);
    await this.hooks.after('afterLink', { ...event, userId: user._id.toHexString(), byVerifiedEmail: true });
    return user;
  }

  async #renewed(app: App, owner: StoredUser, key: string, verified: VerifiedIdentity): Promise<StoredUser> {
    const user = await this.identities.renew(app, owner, key, verified);
    if (user !== owner) this.sessions.forget(user._id);
    return user;
  }

  /** @returns a new access token of the caller's session; the refresh token goes on as it is */
  async link(
    caller: Caller,
    providerName: string,
    body: unknown,
    client: Omit<ClientContext, 'device'>,
  ): Promise<Omit<OpenedSession, 'refreshToken'>> {
    const { app, live } = caller;
    const active = await this.configs.getActive(app, providerName);
    await this.#link(caller, active, { ...client, device: deviceIn(body) }, (attempt) =>
      this.#verify(active, body, attempt),
    );
    const now = await this.sessions.find(app, live.id);
    if (!now) throw InvalidSession.accessTokenRefused();
    const accessToken = await this.sessions.makeAccessToken(app, now);
    return { userId: now.user.id, deviceId: now.deviceId, accessToken };
  }

  /**
   * Adds an identity to the caller, and opens a session of the caller's user: where the client is a page that is left
   * meanwhile, its old one cannot be given back.
   */
  async linkAndOpen(
    caller: Caller,
    active: ActiveProvider,
    client: ClientContext,
    verify: Verify,
  ): Promise<OpenedSession> {
    const { app, live } = caller;
    const mark = this.sessions.mark();
    const { subject } = await this.#link(caller, active, client, verify);
    const user = await this.users.get(app, ObjectId.createFromHexString(live.user.id));
    if (user.disabled) throw new UserDisabled();
    if (!(await this.sessions.find(app, live.id))) throw InvalidSession.accessTokenRefused();
    const key = identityKey(active.config.name, subject);
    const id = user.identities.find((identity) => identity.key === key)?.id ?? subject;
    const identity = { id, provider: active.config.type, providerId: active.config._id };
    return this.sessions.open(app, user, identity, client, mark);
  }

  async #link(
    { app, live }: Caller,
    active: ActiveProvider,
    client: ClientContext,
    verify: Verify,
  ): Promise<VerifiedIdentity> {
    const { ip, userAgent, device } = client;
    const attempt = { app, source: active.config, ip, device, link: true };
    const userId = ObjectId.createFromHexString(live.user.id);
    let verified: VerifiedIdentity;
    try {
      verified = await verify(attempt);
      await this.identities.link(app, userId, active.config, verified, true);
    } catch (error) {
      await this.#tellOfFailure({ ...attempt, userId: live.user.id }, userAgent, error);
      throw error;
    }
    this.sessions.forget(userId);
    const event = { clientAppId: app.clientAppId, provider: active.config.type, ip, userAgent };
    await this.hooks.after('afterLink', { ...event, userId: live.user.id });
    return verified;
  }

  /** What is no refusal of ours is the operator's to know, from the log. */
  async #tellOfFailure(attempt: Attempt, userAgent: string | undefined, error: unknown): Promise<void> {
    if (!(error instanceof LatchkeyError)) return;
    const { app, source, ip, link, userId } = attempt;
    const event = { clientAppId: app.clientAppId, provider: source.type, ip, userAgent, link };
    await this.hooks.after('afterLoginFailed', { ...event, userId, errorCode: error.code });
  }

  async #verify(active: ActiveProvider, body: unknown, attempt: Attempt): Promise<VerifiedIdentity> {
    const strategy = active.strategies.credentials;
    if (!strategy) throw new AuthProviderNotFound(active.config.name);
    const credentials = parseCredentials(active.provider, body ?? {});
    const outcome = await runStrategy(strategy, { credentials, attempt });
    if (outcome.kind !== 'success') throw new AuthError('unauthorized');
    return outcome.user as VerifiedIdentity;
  }
}

function deviceIn(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || !('options' in body)) return undefined;
  const { options } = body;
  return typeof options === 'object' && options !== null && 'device' in options ? options.device : undefined;
}

function parseCredentials(provider: AuthProvider, body: unknown): unknown {
  const parsed = provider.credentialsSchema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join('.') || 'the body';
  const [name] = issue?.path ?? [];
  if (name !== undefined && typeof body === 'object' && body !== null && !(name in body))
    throw new MissingParameter(`'${field}' is required`);
  throw new InvalidParameter(`'${field}' is not valid: ${issue?.message.toLowerCase() ?? 'unexpected value'}`);
}
