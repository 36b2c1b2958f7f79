import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { Clock } from '../common/clock.js';
import { Config } from '../config/config.js';
import { AuditChain } from './audit-chain.model.js';
import { ChainWriterService } from './chain-writer.service.js';

const EVERY_MS = 3_600_000;

/** Takes away, once an hour, what is older than the setting says. */
@Injectable()
export class RetentionService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #logger = new Logger(RetentionService.name);
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(
    @InjectModel(AuditChain.name) private readonly chains: Model<AuditChain>,
    private readonly writer: ChainWriterService,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.#timer = setInterval(() => {
      this.#running = this.#logged();
    }, EVERY_MS).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  async prune(): Promise<void> {
    const until = new Date(this.clock.now().getTime() - this.config.auditDays * 86_400_000);
    const chains = await this.chains.collection.find({}, { projection: { _id: 1 } }).toArray();
    for (const { _id } of chains) await this.writer.prune(_id, until);
  }

  async #logged(): Promise<void> {
    try {
      await this.prune();
    } catch (error) {
      this.#logger.warn(`old audit entries stay for now: ${String(error)}`);
    }
  }
}
