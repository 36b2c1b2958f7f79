import { createHash } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import type { App } from '../../apps/app.model.js';
import { Config } from '../../config/config.js';
import { checkPassword, type PasswordFault } from '../../crypto/passwords/check-password.js';
import { isCommon } from '../../crypto/passwords/common-passwords.js';
import { OutboundFailed } from '../../outbound/outbound.errors.js';
import { Outbound } from '../../outbound/outbound.js';
import { ProviderConfigsService } from '../provider-configs.service.js';
import { PasswordRefused } from './local-userpass.errors.js';
import { settingsOf, type PasswordPolicy } from './local-userpass.settings.js';

const EMAIL = 'local-userpass';
const PREFIX = 5;

/** What an app asks of new passwords: of those in use already, nothing. */
@Injectable()
export class PasswordPolicyService {
  readonly #logger = new Logger(PasswordPolicyService.name);

  constructor(
    private readonly configs: ProviderConfigsService,
    private readonly outbound: Outbound,
    private readonly config: Config,
  ) {}

  /** @throws PasswordRefused */
  async check(app: App, password: string): Promise<void> {
    const policy = await this.#policyOf(app);
    const fault = await this.#faultIn(app, policy, password);
    if (fault) throw PasswordRefused.for(fault);
  }

  /** The list first: what it knows need not be asked for elsewhere. */
  async #faultIn(app: App, policy: PasswordPolicy, password: string): Promise<PasswordFault | undefined> {
    const fault = checkPassword(password, policy.minLength ?? undefined);
    if (fault) return fault;
    if (policy.refuseCommon === true && (await isCommon(password))) return { kind: 'common' };
    if (policy.refuseBreached === true && (await this.#isBreached(app, password))) return { kind: 'breached' };
    return undefined;
  }

  async #policyOf(app: App): Promise<PasswordPolicy> {
    const provider = await this.configs.findByName(app, EMAIL);
    return (provider && settingsOf(provider).config.passwordPolicy) ?? {};
  }

  /**
   * Whether a password is among breached ones. By k-anonymity: the service learns five digits of the SHA-1, and answers with
   * all the endings it knows.
   *
   * @throws OutboundFailed
   */
  async lookUp(password: string): Promise<boolean> {
    const hash = createHash('sha1').update(password.normalize('NFC')).digest('hex').toUpperCase();
    const url = `${this.config.breachedPasswordsUrl}/${hash.slice(0, PREFIX)}`;
    const { status, body } = await this.outbound.request(url, { headers: { 'add-padding': 'true' } });
    if (status !== 200) throw new OutboundFailed(`status ${status}`);
    return body
      .toString('latin1')
      .split('\n')
      .some((line) => isKnown(line, hash.slice(PREFIX)));
  }

  /** When nobody can be asked, the password is taken: nobody's sign-up depends on a service of others. */
  async #isBreached(app: App, password: string): Promise<boolean> {
    try {
      return await this.lookUp(password);
    } catch (error) {
      if (!(error instanceof OutboundFailed)) throw error;
      this.#logger.warn(`app ${app.clientAppId}: a password was not looked up among breached ones: ${error.reason}`);
      return false;
    }
  }
}

/** `<35 digits>:<count>`; padding counts 0. */
function isKnown(line: string, ending: string): boolean {
  const [digits, count] = line.trim().split(':');
  return digits?.toUpperCase() === ending && Number(count) > 0;
}
