import { LatchkeyError } from '../errors/latchkey-error.js';

/** 404 also for the stream of another receiver. */
export class StreamNotFound extends LatchkeyError {
  readonly code = 'NotFound';

  constructor() {
    super('there is no such stream');
  }
}

export class StreamAlreadyExists extends LatchkeyError {
  readonly code = 'StreamAlreadyExists';

  constructor() {
    super('this receiver has a stream already');
  }
}

/** The same, whatever was wrong with the credentials. */
export class ReceiverRefused extends LatchkeyError {
  readonly code = 'AuthError';

  constructor() {
    super('a server API key of the app is needed: as Bearer, or with its id as Basic');
  }
}
