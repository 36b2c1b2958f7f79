import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { Config } from '../config/config.js';
import { TooManyRequests } from '../errors/errors.js';
import { AddressLimit } from './address-limit.js';
import { RateLimitStore } from './rate-limit.store.js';

const HOUR = 3_600;

/** Users, and registrations, that one address may create in an app. */
@Injectable()
export class UserCreationLimit extends AddressLimit {
  constructor(store: RateLimitStore, clock: Clock, config: Config) {
    super(store, clock, 'too many users created from this address', config.usersPerAddressPerHour, 3_600);
  }
}

/** Logins by redirect that one address may start in an app: each is kept until it ends, or for ten minutes. */
@Injectable()
export class RedirectLoginLimit extends AddressLimit {
  constructor(store: RateLimitStore, clock: Clock, config: Config) {
    super(store, clock, 'too many logins started from this address', config.redirectLoginsPerAddressPerHour, HOUR);
  }
}

/** Failed logins of one address at all accounts of an app. */
@Injectable()
export class LoginFailureLimit extends AddressLimit {
  constructor(store: RateLimitStore, clock: Clock, config: Config) {
    super(
      store,
      clock,
      'too many failed logins from this address',
      config.loginFailuresPerAddress,
      config.loginFailureWindowSeconds,
    );
  }
}

/** Mails that one address may ask for, whomever they go to. */
@Injectable()
export class MailRequestLimit extends AddressLimit {
  constructor(store: RateLimitStore, clock: Clock, config: Config) {
    super(store, clock, 'too many mails asked for from this address', config.mailsPerAddressPerHour, HOUR);
  }
}

/** Mails that an app sends to one recipient at the wish of clients, so that nobody is flooded through us. */
@Injectable()
export class MailLimit {
  constructor(
    private readonly store: RateLimitStore,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  /** @param recipient the normalised address @throws TooManyRequests, for unknown recipients alike */
  async charge(scope: string, recipient: string): Promise<void> {
    const limit = this.config.mailsPerRecipientPerHour;
    if (limit === 0) return;
    const { all = 0 } = await this.store.add(`mails:${scope}:${recipient}`, HOUR, { all: 1 });
    if (all <= limit) return;
    const nowSeconds = Math.floor(this.clock.now().getTime() / 1_000);
    throw new TooManyRequests('too many mails to this address', HOUR - (nowSeconds % HOUR));
  }
}
