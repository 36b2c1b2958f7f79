export interface VerifierOptions {
  /** The app's address, as tokens name it: `https://auth.example.com/api/client/v2.0/app/shop-abcde`. */
  issuer: string;
  /** Where the app is reached from here, if that is another address. */
  url?: string;
  /** What tokens must be made for; the last part of `issuer` unless said. */
  audience?: string;
  /** How old the knowledge of what is revoked may be; 10 unless said. */
  maxStaleSeconds?: number;
  /** What happens when it is older: every token is refused (the default), or what is not known as revoked is accepted. */
  whenStale?: 'failClosed' | 'failOpen';
  /** How revocations are followed; `stream` goes over to long polls by itself where streams do not come through. */
  follow?: 'stream' | 'poll';
  /** How much the clocks of here and there may differ when a token's end is checked; 0 unless said. */
  clockToleranceSeconds?: number;
  /** Verified tokens that are remembered; 10,000 unless said. */
  maxCachedTokens?: number;
  /** In place of the built-in one. */
  fetch?: typeof fetch;
  /** Told what goes wrong in the background. It goes on by itself. */
  onError?: (error: Error) => void;
}

export type Settings = Required<VerifierOptions>;

/** @throws TypeError for what cannot be meant */
export function settingsOf(options: VerifierOptions): Settings {
  const issuer = addressIn(options.issuer, 'issuer');
  const settings: Settings = {
    issuer,
    url: addressIn(options.url ?? issuer, 'url'),
    audience: options.audience ?? issuer.slice(issuer.lastIndexOf('/') + 1),
    maxStaleSeconds: options.maxStaleSeconds ?? 10,
    whenStale: options.whenStale ?? 'failClosed',
    follow: options.follow ?? 'stream',
    clockToleranceSeconds: options.clockToleranceSeconds ?? 0,
    maxCachedTokens: options.maxCachedTokens ?? 10_000,
    fetch: options.fetch ?? fetch,
    onError: options.onError ?? (() => {}),
  };
  for (const name of ['maxStaleSeconds', 'clockToleranceSeconds', 'maxCachedTokens'] as const) {
    if (!(settings[name] >= 0)) throw new TypeError(`${name} must be a number, 0 or more`);
  }
  oneOf(settings.whenStale, ['failClosed', 'failOpen'], 'whenStale');
  oneOf(settings.follow, ['stream', 'poll'], 'follow');
  return settings;
}

function addressIn(value: unknown, name: string): string {
  if (typeof value !== 'string' || !URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol)) {
    throw new TypeError(
      `${name} must be the http(s) address of an app, like https://host/api/client/v2.0/app/shop-abcde`,
    );
  }
  return value.replace(/\/+$/, '');
}

function oneOf(value: string, allowed: string[], name: string): void {
  if (!allowed.includes(value)) throw new TypeError(`${name} must be ${allowed.join(' or ')}`);
}
