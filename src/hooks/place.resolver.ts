import { Injectable, Logger } from '@nestjs/common';

/**
 * Says roughly where an address is, such as `Lyon, France`, for the list of a person's sessions. Extend it, and register it
 * from your module's constructor with `PlaceRegistry`. What it throws is logged; the list then goes without a place.
 */
export abstract class PlaceResolver {
  /** @param ip normalised */
  abstract placeOf(ip: string): Promise<string | undefined>;
}

const MAX_PLACE = 128;
const MAX_MS = 1_000;

/** The operator's resolver; without one nobody is told a place. */
@Injectable()
export class PlaceRegistry {
  readonly #logger = new Logger(PlaceRegistry.name);
  #resolver: PlaceResolver | undefined;

  register(resolver: PlaceResolver): void {
    this.#resolver = resolver;
  }

  /** Undefined where nobody knows, or not within a second. */
  async placeOf(ip: string): Promise<string | undefined> {
    const resolver = this.#resolver;
    if (!resolver) return undefined;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(resolve, MAX_MS, undefined);
    });
    try {
      const place: unknown = await Promise.race([resolver.placeOf(ip), late]);
      return typeof place === 'string' && place !== '' ? place.slice(0, MAX_PLACE) : undefined;
    } catch (error) {
      this.#logger.warn(`no place: ${error instanceof Error ? error.message : 'unknown reason'}`);
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }
}
