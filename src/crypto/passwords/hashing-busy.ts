/** More passwords wait to be hashed than can be served within a client's patience. Nothing was checked or changed. */
export class HashingBusy extends Error {
  override readonly name = 'HashingBusy';

  constructor(readonly retryAfterSeconds: number) {
    super('too many passwords are being checked right now');
  }
}
