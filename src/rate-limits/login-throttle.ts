import { Injectable } from '@nestjs/common';
import { addressBucket } from '../common/address.js';
import { Clock } from '../common/clock.js';
import { Config } from '../config/config.js';
import { sha256Hex } from '../crypto/tokens.js';
import { TooManyRequests } from '../errors/errors.js';
import { RateLimitStore } from './rate-limit.store.js';

/** Guesses at one account that may wait for their turn, five seconds at the default cost; more at once is no person. */
const MAX_QUEUE = 20;

interface Queue {
  length: number;
  last: Promise<unknown>;
}

/**
 * Failed logins, counted per account and address together and per account over all addresses, in one write (security.md
 * rule 4). A guess is charged before the hash is computed, so that a thousand at once are not judged before the first is
 * counted, and given back when it was right.
 */
@Injectable()
export class LoginThrottle {
  readonly #queues = new Map<string, Queue>();

  constructor(
    private readonly store: RateLimitStore,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  /**
   * Judges one guess after the other per account: parallel guesses queue.
   *
   * @param account what is guessed at, such as `<app>:<normalised email>`
   * @param isKnown whether this client got in before; asked only where strangers have used up the account's guesses, so
   *   that they cannot keep its owner out
   * @param work undefined for a wrong guess, which stays counted; when it throws, nothing was judged
   * @throws TooManyRequests without judging
   */
  async judge<T>(
    account: string,
    ip: string,
    isKnown: () => Promise<boolean>,
    work: () => Promise<T | undefined>,
  ): Promise<T | undefined> {
    const queue = this.#queues.get(account) ?? { length: 0, last: Promise.resolve() };
    if (queue.length >= MAX_QUEUE) throw new TooManyRequests('too many logins of this account at once', 1);
    this.#queues.set(account, queue);
    queue.length += 1;
    const mine = queue.last.then(() => this.#judgeNow(account, ip, isKnown, work));
    queue.last = mine.catch(() => {});
    try {
      return await mine;
    } finally {
      queue.length -= 1;
      if (queue.length === 0) this.#queues.delete(account);
    }
  }

  async #judgeNow<T>(
    account: string,
    ip: string,
    isKnown: () => Promise<boolean>,
    work: () => Promise<T | undefined>,
  ): Promise<T | undefined> {
    const window = this.config.loginFailureWindowSeconds;
    const key = `login:${account}`;
    const address = `a${sha256Hex(addressBucket(ip)).slice(0, 16)}`;
    const charge = { all: 1, [address]: 1 };
    const after = await this.store.add(key, window, charge);
    let judgedWrong = false;
    try {
      const fromHere = after[address] ?? 0;
      const fromAll = after['all'] ?? 0;
      if (
        fromHere > this.config.loginFailuresPerAccountAndAddress ||
        (fromAll > this.config.loginFailuresPerAccount && !(await isKnown()))
      ) {
        throw new TooManyRequests('too many failed logins', this.#secondsLeft(window));
      }
      const result = await work();
      judgedWrong = result === undefined;
      return result;
    } finally {
      if (!judgedWrong) this.store.takeBack(key, window, charge);
    }
  }

  #secondsLeft(window: number): number {
    return window - (Math.floor(this.clock.now().getTime() / 1_000) % window);
  }
}
