import { Injectable } from '@nestjs/common';

/** Whether new requests are welcome. Turned once, when the process was asked to end. */
@Injectable()
export class Readiness {
  #draining = false;

  get draining(): boolean {
    return this.#draining;
  }

  drain(): void {
    this.#draining = true;
  }
}
