import { availableParallelism } from 'node:os';
import { isLoopbackHost } from '../common/address.js';
import {
  addressRanges,
  directory,
  host,
  integer,
  mailSender,
  masterKey,
  mongodbUri,
  oneOf,
  publicUrl,
  smtpUrl,
  type SettingType,
} from './setting-types.js';

export interface Setting<T = unknown> {
  /** The environment variable. */
  readonly name: string;
  readonly type: SettingType<T>;
  /** As it would be written in the environment. Where it depends on others or the machine, `default` computes it. */
  readonly default?: string | DerivedDefault;
  /** What one of the number is: `seconds`, `threads`. */
  readonly unit?: string;
  /** One or two sentences for docs/configuration.md. */
  readonly about: string;
}

export interface DerivedDefault {
  /** The default in words, for the documentation. */
  readonly words: string;
  /** @param valueOf the text of another setting, its default included */
  derive(valueOf: (name: string) => string | undefined): string;
}

function setting<T>(name: string, type: SettingType<T>, rest: Omit<Setting<T>, 'name' | 'type'>) {
  return { name, type, ...rest };
}

/** A setting that may stay without value. */
function optional<T>(name: string, type: SettingType<T>, about: string): Setting<T | undefined> {
  return { name, type, about };
}

function isLoopbackUrl(text = ''): boolean {
  return URL.canParse(text) && isLoopbackHost(new URL(text).hostname);
}

/** Every setting there is, by the name of its field in Config. Nothing else reads the environment. */
export const settings = {
  port: setting('PORT', integer(0, 65_535), {
    default: '8300',
    about: 'The port to listen on. 0 takes a free one.',
  }),
  host: setting('HOST', host, {
    default: '127.0.0.1',
    about:
      'The address to listen on. The default is reached from this machine only; any other, such as 0.0.0.0, needs ' +
      '`LATCHKEY_PUBLIC_URL` too.',
  }),
  publicUrl: setting('LATCHKEY_PUBLIC_URL', publicUrl, {
    default: {
      words: '`http://localhost:<PORT>`',
      derive: (valueOf) => `http://localhost:${valueOf('PORT')}`,
    },
    about:
      'The address that clients reach the server at, the path included where a proxy serves it under one. Links in ' +
      'mails, redirects and the issuer of tokens begin with it.',
  }),
  trustedProxies: setting('LATCHKEY_TRUSTED_PROXIES', addressRanges, {
    default: '',
    about:
      'The reverse proxies in front of the server. Only a request that comes from one of them may name its client in ' +
      '`X-Forwarded-For`. Without it, behind a proxy, all clients share the limits of one address.',
  }),
  internalTargets: setting('LATCHKEY_INTERNAL_TARGETS', addressRanges, {
    default: '',
    about:
      'Internal addresses that key sets, webhooks and identity providers may be at. Calls go to public addresses only, ' +
      'but for these; while the public URL is loopback, to this machine too.',
  }),
  dataDir: setting('LATCHKEY_DATA_DIR', directory, {
    default: './latchkey-data',
    about: 'Where the embedded store and the master key are kept. Made at the first start.',
  }),
  mongodbUri: optional(
    'MONGODB_URI',
    mongodbUri,
    'A MongoDB replica set to use instead of the embedded store. Then `LATCHKEY_MASTER_KEY` must be given.',
  ),
  masterKey: optional(
    'LATCHKEY_MASTER_KEY',
    masterKey,
    'Seals what the database holds of passwords and keys. With the embedded store one is made at the first start, in ' +
      'the file `master.key` of the data directory. Whoever loses it loses all passwords: back it up, apart from the data.',
  ),
  newMasterKey: optional(
    'LATCHKEY_NEW_MASTER_KEY',
    masterKey,
    'The master key to change to. Read by `latchkey master-key rotate` alone, where `LATCHKEY_MASTER_KEY` is given.',
  ),
  smtpUrl: optional(
    'LATCHKEY_SMTP_URL',
    smtpUrl,
    'The server that mails are sent through; then `LATCHKEY_MAIL_FROM` must be given. A password goes over TLS only, ' +
      'unless the server is on this machine. Without this setting no mail is sent: administrators read them in the ' +
      'inbox of the app (`GET …/inbox` of the Admin API) until their links end.',
  ),
  mailFrom: optional('LATCHKEY_MAIL_FROM', mailSender, 'Whom mails are from.'),
  mailsPerRecipientPerHour: setting('LATCHKEY_MAILS_PER_RECIPIENT_PER_HOUR', integer(0, 10_000), {
    default: '10',
    unit: 'mails per hour',
    about: 'How many mails one address may be sent by an app at the wish of clients. 0 sets no limit.',
  }),
  mailsPerAddressPerHour: setting('LATCHKEY_MAILS_PER_ADDRESS_PER_HOUR', integer(0, 1_000_000), {
    default: '300',
    unit: 'mails per hour',
    about:
      'How many times clients at one address may ask an app to send a confirmation or a reset again, whomever the mail ' +
      'goes to. 0 sets no limit.',
  }),
  logLevel: setting('LOG_LEVEL', oneOf('silent', 'error', 'warn', 'info', 'debug'), {
    default: {
      words: '`warn` on a terminal, else `info`',
      derive: () => (process.stdout.isTTY ? 'warn' : 'info'),
    },
    about: 'How much is written to the log. One line a request comes with `info`.',
  }),
  apiDocs: setting('LATCHKEY_API_DOCS', oneOf('on', 'off'), {
    default: {
      words: '`on` while the public URL is loopback, else `off`',
      derive: (valueOf) => (isLoopbackUrl(valueOf('LATCHKEY_PUBLIC_URL')) ? 'on' : 'off'),
    },
    about: 'Whether the API is described at `/openapi.json`, and for people at `/docs`.',
  }),
  breachedPasswordsUrl: setting('LATCHKEY_BREACHED_PASSWORDS_URL', publicUrl, {
    default: 'https://api.pwnedpasswords.com/range',
    about:
      'Where apps that want it have new passwords looked up among breached ones: the address before the five digits, of a ' +
      'service that answers as Have I Been Pwned does.',
  }),
  minAccessTokenSeconds: setting('LATCHKEY_MIN_ACCESS_TOKEN_SECONDS', integer(1, 86_400), {
    default: '60',
    unit: 'seconds',
    about:
      'The shortest lifetime that an app may choose for its access tokens. Lower it only where tokens must be seen to expire.',
  }),
  bcryptCost: setting('LATCHKEY_BCRYPT_COST', integer(4, 15), {
    default: '12',
    about:
      'How dear a password is to guess and to check; one more doubles both. 12 takes about a quarter of a second of ' +
      'one core. A password is hashed again at the next login after a change. Below 10 is for tests.',
  }),
  hashThreads: setting('LATCHKEY_HASH_THREADS', integer(1, 64), {
    default: { words: 'the number of processors', derive: () => String(Math.min(64, availableParallelism())) },
    unit: 'threads',
    about: 'How many passwords are hashed at once, in threads of low priority.',
  }),
  hashPatienceSeconds: setting('LATCHKEY_HASH_PATIENCE_SECONDS', integer(1, 60), {
    default: '5',
    unit: 'seconds',
    about:
      'How long a client may wait for the hash of its password. When more ask than can be served in that time, the ' +
      'next is answered 503 with Retry-After at once.',
  }),
  loginFailuresPerAccountAndAddress: setting('LATCHKEY_LOGIN_FAILURES_PER_ACCOUNT_AND_ADDRESS', integer(1, 1_000), {
    default: '10',
    unit: 'failures per window',
    about: 'How many wrong passwords one address may try at one account.',
  }),
  loginFailuresPerAccount: setting('LATCHKEY_LOGIN_FAILURES_PER_ACCOUNT', integer(1, 10_000), {
    default: '100',
    unit: 'failures per window',
    about:
      'How many wrong passwords all addresses together may try at one account. An address that has logged in to it ' +
      'lately still gets in.',
  }),
  loginFailuresPerAddress: setting('LATCHKEY_LOGIN_FAILURES_PER_ADDRESS', integer(0, 1_000_000), {
    default: '300',
    unit: 'failures per window',
    about: 'How many wrong passwords one address may try at all accounts of an app together. 0 sets no limit.',
  }),
  loginFailureWindowSeconds: setting('LATCHKEY_LOGIN_FAILURE_WINDOW_SECONDS', integer(1, 86_400), {
    default: '900',
    unit: 'seconds',
    about: 'How long a wrong password counts.',
  }),
  usersPerAddressPerHour: setting('LATCHKEY_USERS_PER_ADDRESS_PER_HOUR', integer(0, 10_000_000), {
    default: '1000',
    unit: 'users per hour',
    about:
      'How many users, anonymous ones included, one address may create in an app. 0 sets no limit. An office or a ' +
      'mobile network may share one address.',
  }),
  googleIssuer: setting('LATCHKEY_GOOGLE_ISSUER', publicUrl, {
    default: 'https://accounts.google.com',
    about: 'The issuer that `oauth2-google` logs in at. Its other addresses are read from what it says of itself.',
  }),
  facebookUrl: setting('LATCHKEY_FACEBOOK_URL', publicUrl, {
    default: 'https://www.facebook.com/v24.0',
    about: 'Where the pages are that `oauth2-facebook` sends people to, the version included.',
  }),
  facebookGraphUrl: setting('LATCHKEY_FACEBOOK_GRAPH_URL', publicUrl, {
    default: 'https://graph.facebook.com/v24.0',
    about: 'The Graph API that `oauth2-facebook` asks, the version included.',
  }),
  appleIssuer: setting('LATCHKEY_APPLE_ISSUER', publicUrl, {
    default: 'https://appleid.apple.com',
    about: 'The issuer that `oauth2-apple` logs in at. Its other addresses are read from what it says of itself.',
  }),
  githubUrl: setting('LATCHKEY_GITHUB_URL', publicUrl, {
    default: 'https://github.com',
    about: 'Where `oauth2-github` sends people to: another address for GitHub Enterprise Server.',
  }),
  githubApiUrl: setting('LATCHKEY_GITHUB_API_URL', publicUrl, {
    default: 'https://api.github.com',
    about: 'The API that `oauth2-github` asks who somebody is; `https://<host>/api/v3` of a GitHub Enterprise Server.',
  }),
  redirectLoginsPerAddressPerHour: setting('LATCHKEY_REDIRECT_LOGINS_PER_ADDRESS_PER_HOUR', integer(0, 10_000_000), {
    default: '3000',
    unit: 'logins per hour',
    about: 'How many logins by way of an identity provider’s page one address may start in an app. 0 sets no limit.',
  }),
  auditDays: setting('LATCHKEY_AUDIT_DAYS', integer(1, 3_650), {
    default: '400',
    unit: 'days',
    about: 'How long entries of the audit trail and the counts of the statistics are kept.',
  }),
};

export type SettingName = keyof typeof settings;

/** The values of all settings, each with its type. */
export type Settings = {
  readonly [K in SettingName]: (typeof settings)[K] extends Setting<infer T> ? T : never;
};
