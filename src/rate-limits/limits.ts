import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { Config } from '../config/config.js';
import { AddressLimit } from './address-limit.js';
import { RateLimitStore } from './rate-limit.store.js';

/** Users, and registrations, that one address may create in an app. */
@Injectable()
export class UserCreationLimit extends AddressLimit {
  constructor(store: RateLimitStore, clock: Clock, config: Config) {
    super(store, clock, 'too many users created from this address', config.usersPerAddressPerHour, 3_600);
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
