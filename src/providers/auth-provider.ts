import passport from 'passport';
import type { z } from 'zod';
import type { App } from '../apps/app.model.js';
import type { VerifiedIdentity } from '../identities/verified-identity.js';
import type { Trial } from './trial.js';
import type { IdentitySource } from '../identities/identities.service.js';
import type { RedirectFlow } from './oauth2/redirect-flow.js';

/** One try to log in or to link, as strategies get it. */
export interface Attempt {
  app: App;
  source: IdentitySource;
  ip: string;
  /** What the client sent as `options.device`. */
  device: unknown;
  /** True where the identity is to be added to a user who is logged in: texts of errors differ (client-api.md, trap 2). */
  link: boolean;
  /** Set by a provider as soon as it knows whose account it is, so that a failure can be told of with it. */
  userId?: string;
}

/**
 * A way to log in with something that is sent to us: a password, a token of somebody else. The Passport strategy below it
 * is what providers have in common with the redirect strategies from npm, so both are run the same way.
 */
export abstract class CredentialsStrategy<Credentials> extends passport.Strategy {
  /** @throws a LatchkeyError that says why not */
  abstract verify(credentials: Credentials, attempt: Attempt): Promise<VerifiedIdentity>;

  override authenticate(request: unknown): void {
    const { credentials, attempt } = request as { credentials: Credentials; attempt: Attempt };
    this.verify(credentials, attempt).then(
      (identity) => this.success(identity as never),
      (error: unknown) => this.error(error),
    );
  }
}

export interface Strategies<Credentials> {
  credentials?: CredentialsStrategy<Credentials>;
  /** Without it the provider has no login by way of a page of its own. */
  redirect?: RedirectFlow;
}

/** A well-known service that a provider can log in at, and the settings to begin with there. */
export interface Preset {
  /** Lower-case letters; also the name that is proposed for the provider, where an app may have several. */
  id: string;
  /** As people know it. */
  title: string;
  /** Where the client is registered there, and what is to be put in for `{…}` in the settings. */
  help: string;
  /** `config`, `metadata_fields` and so on. What only its owner knows stands in braces, which no schema takes. */
  settings: Record<string, unknown>;
}

/**
 * A way to sign in. Extend it, provide it in a Nest module, and register it with `ProviderRegistry` in that module's
 * constructor: the built-in ones do the same.
 */
export abstract class AuthProvider<Settings = unknown, Credentials = unknown> {
  /** What stands in the URL and in stored identities; never changed once it is in use. */
  abstract readonly type: string;

  /** True where an app may have several of the type, told apart by names. */
  readonly isMany: boolean = false;

  /** What the form can be filled in with; `A/auth_providers/types` and the console offer them. */
  readonly presets: readonly Preset[] = [];

  /** Checks what an administrator saves: `config`, `secret_config` and so on. Unknown keys pass, nothing is added. */
  abstract readonly settingsSchema: z.ZodType<Settings>;

  /** Checks the body of a login; what else is in the body passes by. */
  abstract readonly credentialsSchema: z.ZodType<Credentials>;

  /** Called once per app and version of its settings; what it returns is kept and used for many logins at once. */
  abstract createStrategies(app: App, settings: Settings): Strategies<Credentials>;

  /** What a login page writes on its button, where people know the service by a name. */
  displayNameOf(_settings: Settings): string | undefined {
    return undefined;
  }

  /** What can be tried of the settings without a person: whether keys can be read, whether somebody answers. */
  async tryOut(_app: App, _settings: Settings): Promise<Trial[]> {
    return [];
  }
}
