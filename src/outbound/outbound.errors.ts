import { LatchkeyError } from '../errors/latchkey-error.js';

/** Another server gave no answer that can be used. Who is calling is not told why: it would tell of what is inside. */
export class OutboundFailed extends LatchkeyError {
  readonly code = 'UpstreamFailed';

  /** @param reason for the log and for administrators, such as `no answer within 3000 ms`; never with the path of the URL */
  constructor(
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super('another server that is needed for this did not answer as it should', {
      cause: new Error(reason, options),
    });
  }
}

/** It was not even tried: the address leads into a network of our own, and is none that the settings name. */
export class AddressNotPublic extends OutboundFailed {
  constructor(address: string) {
    super(`the address leads to ${address}, which is not public`);
  }
}
