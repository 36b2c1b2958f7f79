import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientSession, ObjectId } from 'mongodb';
import { Database } from '../database/database.js';
import type { Letter } from './mail.js';
import { Mailer, MailRefused } from './mailer.js';
import { OutboxService, type Claimed } from './outbox.service.js';

const LOOK_EVERY_MS = 5_000;
const EXPIRE_EVERY_MS = 60_000;
/** How many mails are handed over at once. */
const LANES = 4;
const GOODBYE_MS = 3_000;

/** Writes something in a transaction, and says what is to be sent with it. */
type Write<T> = (transaction: ClientSession) => Promise<{ letters: Letter[]; result: T }>;

/**
 * Writes mails, and delivers them apart from the request that wrote them. They wait in the database: neither a restart nor
 * an SMTP server that is away loses one, and several instances share the work. A crash between delivery and its note sends
 * a mail twice.
 */
@Injectable()
export class MailService implements BeforeApplicationShutdown {
  readonly #logger = new Logger(MailService.name);
  readonly #timers: NodeJS.Timeout[] = [];
  #isStarted = false;
  #isClosing = false;
  #wanted = false;
  #round: Promise<void> | undefined;

  constructor(
    private readonly outbox: OutboxService,
    private readonly mailer: Mailer,
    private readonly database: Database,
  ) {}

  /** False where mails go nowhere but into the inbox. */
  get delivers(): boolean {
    return this.mailer.delivers;
  }

  /** What would stand in the way of a mail, in words for an administrator; none is sent. */
  findProblem(): Promise<string | undefined> {
    return this.mailer.findProblem();
  }

  /** @param write runs in one transaction with what it says is to be sent: either both happen or neither */
  async post<T>(app: ObjectId, write: Write<T>): Promise<T> {
    const posted = await this.database.transaction((transaction) => this.#write(app, write, transaction));
    this.#wake();
    return posted;
  }

  /** Does what `post` does, and takes it back: for those who measure whether there is somebody to write to. */
  async rehearse(app: ObjectId, write: Write<unknown>): Promise<void> {
    const takenBack = new Error('a rehearsal');
    try {
      await this.database.transaction(async (transaction) => {
        await this.#write(app, write, transaction);
        throw takenBack;
      });
    } catch (error) {
      if (error !== takenBack) throw error;
    }
  }

  async #write<T>(app: ObjectId, write: Write<T>, transaction: ClientSession): Promise<T> {
    const { letters, result } = await write(transaction);
    for (const letter of letters) await this.outbox.add(app, letter, transaction);
    return result;
  }

  /** To be called when the server starts; before, and on the command line, nothing is delivered. */
  start(): void {
    this.#isStarted = true;
    this.#timers.push(setInterval(() => void this.#logged(this.outbox.expire()), EXPIRE_EVERY_MS).unref());
    if (!this.mailer.delivers) return;
    this.#timers.push(setInterval(() => this.#wake(), LOOK_EVERY_MS).unref());
    this.#wake();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#isStarted = false;
    this.#isClosing = true;
    this.#wanted = false;
    this.#timers.splice(0).forEach((timer) => clearInterval(timer));
    await Promise.race([this.#round, sleep(GOODBYE_MS, undefined, { ref: false })]);
  }

  /** Resolves when every mail that was due has been tried once. */
  async deliverDue(): Promise<void> {
    await this.outbox.expire();
    if (!this.mailer.delivers) return;
    await Promise.all(Array.from({ length: LANES }, () => this.#lane()));
  }

  #wake(): void {
    if (!this.#isStarted || !this.mailer.delivers) return;
    this.#wanted = true;
    this.#round ??= this.#rounds().finally(() => (this.#round = undefined));
  }

  async #rounds(): Promise<void> {
    while (this.#wanted) {
      this.#wanted = false;
      await this.#logged(this.deliverDue());
    }
  }

  async #lane(): Promise<void> {
    while (!this.#isClosing) {
      const claimed = await this.outbox.claim();
      if (!claimed) return;
      await this.#deliver(claimed);
    }
  }

  async #deliver(claimed: Claimed): Promise<void> {
    try {
      await this.mailer.send(claimed.mail, claimed.id.toHexString());
    } catch (error) {
      const problem = error instanceof Error ? error.message : 'EUNKNOWN';
      this.#logger.warn(`mail ${claimed.id.toHexString()} was not delivered (try ${claimed.attempts}): ${problem}`);
      if (error instanceof MailRefused) return this.outbox.finish(claimed, 'refused', problem);
      return this.outbox.postpone(claimed, problem);
    }
    await this.outbox.finish(claimed, 'sent');
  }

  /** The database is away: what waits is looked at again in a while. */
  async #logged(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      this.#logger.warn(`mails wait: ${String(error)}`);
    }
  }
}
