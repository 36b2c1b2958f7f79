/** Where every `now` comes from, so that a test can watch a token or a lock end without waiting for it. */
export abstract class Clock {
  abstract now(): Date;
}

export class SystemClock extends Clock {
  now(): Date {
    return new Date();
  }
}
