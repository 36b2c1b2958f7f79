import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { AppsService } from '../apps/apps.service.js';
import { SigningKeysService } from './signing-keys.service.js';

const FIRST_MS = 60_000;
const EVERY_MS = 3_600_000;

/** Rotates the keys of apps that want it, soon after the start and then every hour. Of several instances one does it. */
@Injectable()
export class KeyScheduleService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #logger = new Logger(KeyScheduleService.name);
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;

  constructor(
    private readonly apps: AppsService,
    private readonly keys: SigningKeysService,
  ) {}

  onApplicationBootstrap(): void {
    this.#plan(FIRST_MS);
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearTimeout(this.#timer);
    const running = this.#running;
    this.#timer = undefined;
    await running;
  }

  /** One app's failure keeps none of the others. */
  async rotateDue(): Promise<void> {
    for (const app of await this.apps.list()) {
      if (!app.signingKeyDays) continue;
      try {
        await this.keys.rotateIfOlder(app, app.signingKeyDays);
      } catch (error) {
        this.#logger.error(error);
      }
    }
  }

  #plan(afterMs: number): void {
    const timer = setTimeout(() => {
      this.#running = this.rotateDue()
        .catch((error: unknown) => this.#logger.error(error))
        .then(() => {
          // Unless the server is going down meanwhile.
          if (this.#timer === timer) this.#plan(EVERY_MS);
        });
    }, afterMs);
    this.#timer = timer.unref();
  }
}
