import { Injectable } from '@nestjs/common';
import { ObjectId } from 'mongodb';
import { Clock } from '../common/clock.js';
import { InvalidParameter } from '../errors/errors.js';
import { checkRange, type AccessEntry } from './access-list.js';
import { longestAccessTokenSeconds, type App, type CustomUserDataSettings } from './app.model.js';
import { AccessEntryNotFound } from './apps.errors.js';
import { AppsService } from './apps.service.js';
import { checkMailSettings } from './mail-settings.js';
import { checkSessionLimits } from './session-limits.js';

/** What an app's administrators may set; an absent field stays as it is. */
export interface AppSettings {
  accessTokenSeconds?: number | undefined;
  refreshTokenSeconds?: number | undefined;
  refreshMode?: App['refreshMode'];
  sessionIdleSeconds?: number | undefined;
  sessionAbsoluteSeconds?: number | undefined;
  accessTokenJitterPercent?: number | undefined;
  movedSession?: App['movedSession'];
  revocation?: 'strict' | 'lax' | undefined;
  signingAlgorithm?: 'ES256' | 'RS256' | undefined;
  signingKeyDays?: number | undefined;
  linkByVerifiedEmail?: boolean | undefined;
  /** Empty for that of the server. */
  mailSender?: string | undefined;
  mailLocale?: App['mailLocale'];
  /** Replaced whole. */
  mailTexts?: unknown;
}

const MOST_KEY_DAYS = 3_650;
const MAX_ORIGINS = 100;
const MAX_ACCESS_ENTRIES = 200;
const MAX_COMMENT = 256;
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@]+$/i;

/** What an app is set to, with what counts where nothing is said. */
export function settingsOf(app: App) {
  return {
    accessTokenSeconds: app.accessTokenSeconds,
    accessTokenJitterPercent: app.accessTokenJitterPercent ?? 0,
    refreshTokenSeconds: app.refreshTokenSeconds,
    refreshMode: app.refreshMode ?? 'stable',
    sessionIdleSeconds: app.sessionIdleSeconds ?? 0,
    sessionAbsoluteSeconds: app.sessionAbsoluteSeconds ?? 0,
    movedSession: app.movedSession ?? 'audit',
    revocation: app.revocation,
    signingAlgorithm: app.signingAlgorithm ?? 'ES256',
    signingKeyDays: app.signingKeyDays ?? 0,
    linkByVerifiedEmail: app.linkByVerifiedEmail ?? false,
    mailSender: app.mailSender ?? '',
    mailLocale: app.mailLocale ?? 'en',
    mailTexts: app.mailTexts ?? {},
  } satisfies Required<AppSettings>;
}

/** Changes what an app is set to. Each is one write of the fields that it names, so that two at once lose nothing. */
@Injectable()
export class AppSettingsService {
  constructor(
    private readonly apps: AppsService,
    private readonly clock: Clock,
  ) {}

  /** @throws LifetimeOutOfRange, InvalidParameter */
  async change(app: App, settings: AppSettings): Promise<void> {
    const { accessTokenSeconds = app.accessTokenSeconds, refreshTokenSeconds = app.refreshTokenSeconds } = settings;
    this.apps.checkLifetimes({ accessTokenSeconds, refreshTokenSeconds });
    checkSessionLimits(settings, { ...app, ...defined({ ...settings, mailTexts: undefined }) });
    const { signingKeyDays = 0 } = settings;
    if (!(signingKeyDays >= 0 && signingKeyDays <= MOST_KEY_DAYS)) {
      throw new InvalidParameter(`'signing_key_days' must be from 0 (never) to ${MOST_KEY_DAYS}`);
    }
    const mail = checkMailSettings({ sender: settings.mailSender, texts: settings.mailTexts });
    const longerAccessTokens = accessTokenSeconds < app.accessTokenSeconds ? this.#longer(app) : undefined;
    await this.apps.update(app, { $set: defined({ ...settings, ...mail, longerAccessTokens }) as Partial<App> });
  }

  /** The longest lifetime that a token of this app may have, and until when one that is not of the new kind can live. */
  #longer(app: App): NonNullable<App['longerAccessTokens']> {
    const now = this.clock.now();
    const seconds = longestAccessTokenSeconds(app, now);
    return { seconds, until: new Date(now.getTime() + (seconds + 60) * 1_000) };
  }

  /** @throws InvalidParameter for what is no `scheme://host[:port]` */
  async setOrigins(app: App, origins: readonly unknown[]): Promise<void> {
    await this.apps.update(app, { $set: { allowedOrigins: checkedOrigins(origins) } });
  }

  async setCustomUserData(app: App, change: Partial<CustomUserDataSettings>): Promise<void> {
    const fields = Object.entries(defined(change)).map(([name, value]) => [`customUserData.${name}`, value]);
    await this.apps.update(app, { $set: Object.fromEntries(fields) as object });
  }

  /** @throws InvalidParameter */
  async addAccess(app: App, wanted: { address: string; comment?: string | undefined }): Promise<AccessEntry> {
    const entry: AccessEntry = { _id: new ObjectId(), ...checkedEntry(wanted) };
    const room = { [`accessList.${MAX_ACCESS_ENTRIES - 1}`]: { $exists: false } };
    if (!(await this.apps.update(app, { $push: { accessList: entry } }, room))) {
      throw new InvalidParameter(`the access list holds at most ${MAX_ACCESS_ENTRIES} entries`);
    }
    return entry;
  }

  /** @throws InvalidParameter, AccessEntryNotFound */
  async changeAccess(
    app: App,
    id: ObjectId,
    wanted: { address: string; comment?: string | undefined },
  ): Promise<AccessEntry> {
    const entry: AccessEntry = { _id: id, ...checkedEntry(wanted) };
    const found = await this.apps.update(
      app,
      { $set: { 'accessList.$': entry } as object },
      {
        'accessList._id': id,
      },
    );
    if (!found) throw new AccessEntryNotFound(id.toHexString());
    return entry;
  }

  /** @throws AccessEntryNotFound */
  async removeAccess(app: App, id: ObjectId): Promise<void> {
    const found = await this.apps.update(
      app,
      { $pull: { accessList: { _id: id } } },
      {
        'accessList._id': id,
      },
    );
    if (!found) throw new AccessEntryNotFound(id.toHexString());
  }
}

/** As they are stored, each once. @throws InvalidParameter for what is no `scheme://host[:port]` */
export function checkedOrigins(origins: readonly unknown[]): string[] {
  if (origins.length > MAX_ORIGINS) throw new InvalidParameter(`at most ${MAX_ORIGINS} origins can be allowed`);
  return [...new Set(origins.map((origin) => checkedOrigin(origin)))];
}

function checkedOrigin(origin: unknown): string {
  if (typeof origin !== 'string' || origin.length > 256 || !ORIGIN.test(origin)) {
    const said = typeof origin === 'string' ? `'${origin.slice(0, 64)}'` : `a ${typeof origin}`;
    throw new InvalidParameter(`an origin has the form scheme://host[:port], got ${said}`);
  }
  // Browsers send the host in lower case and leave the scheme's own port out.
  return URL.canParse(origin) && /^https?:/i.test(origin) ? new URL(origin).origin : origin.toLowerCase();
}

function checkedEntry({
  address,
  comment,
}: {
  address: string;
  comment?: string | undefined;
}): Omit<AccessEntry, '_id'> {
  checkRange(address);
  return { address, ...(comment === undefined ? {} : { comment: comment.slice(0, MAX_COMMENT) }) };
}

function defined<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
