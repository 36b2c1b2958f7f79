import type { Config } from '../../../config/config.js';

export interface SystemWarning {
  /** For programs: does not change. */
  code: string;
  /** What is wrong, and what to do. */
  message: string;
}

/** What the service can know beside its settings. */
export interface Observed {
  /** Why the store takes no writes. */
  refusal: string | undefined;
  /** Where the embedded store is on this machine. */
  disk: { freeBytes: number; totalBytes: number } | undefined;
}

const LEAST_FREE_BYTES = 1 << 30;
const LEAST_FREE_PART = 0.05;
const LEAST_BCRYPT_COST = 10;

/** What an operator should change, most pressing first. */
export function warningsOf(config: Config, { refusal, disk }: Observed): SystemWarning[] {
  const warnings: SystemWarning[] = [];
  const warn = (code: string, message: string) => warnings.push({ code, message });
  if (refusal !== undefined) warn('store_not_writable', `The store takes no writes: ${refusal}.`);
  if (disk && disk.freeBytes < Math.min(LEAST_FREE_BYTES, disk.totalBytes * LEAST_FREE_PART)) {
    const free = Math.floor(disk.freeBytes / 2 ** 20);
    warn('disk_nearly_full', `${free} MiB are free on the disk of the data directory: make room, or move the data.`);
  }
  if (config.bcryptCost < LEAST_BCRYPT_COST) {
    warn('passwords_cheap', `LATCHKEY_BCRYPT_COST is ${config.bcryptCost}: set it to ${LEAST_BCRYPT_COST} or more.`);
  }
  if (!config.production) return warnings;
  if (config.publicUrl.startsWith('http:')) {
    warn('public_url_unencrypted', 'Tokens and passwords travel unencrypted: serve LATCHKEY_PUBLIC_URL by https.');
  }
  if (config.publicUrl.startsWith('https:') && config.trustedProxies.length === 0) {
    warn(
      'proxy_not_trusted',
      'A proxy serves the https of LATCHKEY_PUBLIC_URL: name it in LATCHKEY_TRUSTED_PROXIES, or all clients share the ' +
        'limits of one address.',
    );
  }
  if (config.smtpUrl === undefined) {
    warn('mail_not_sent', 'No mail leaves this server: set LATCHKEY_SMTP_URL and LATCHKEY_MAIL_FROM.');
  }
  if (config.mongodbUri === undefined && config.masterKey === undefined) {
    warn(
      'master_key_beside_data',
      'The master key lies in the data directory: keep a copy elsewhere, and copies of the data without it; or set ' +
        'LATCHKEY_MASTER_KEY.',
    );
  }
  return warnings;
}
