import type { StoreHealth } from '../embedded-store/index.js';

/** What the process knows of its database besides the answers that it gets. */
export abstract class StoreState {
  abstract health(): Promise<StoreHealth>;
}
