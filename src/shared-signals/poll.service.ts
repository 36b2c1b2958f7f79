import type { Socket } from 'node:net';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import type { App } from '../apps/app.model.js';
import { ChangeFeed } from '../database/change-feed.js';
import { Readiness } from '../http/readiness.js';
import { POLL } from './event-types.js';
import { SetSigner } from './set-signer.service.js';
import { StreamNotFound } from './shared-signals.errors.js';
import type { SignalStream } from './signal-stream.model.js';
import type { Signal } from './signal.model.js';
import { SignalsService } from './signals.service.js';
import type { PollRequest } from './stream-request.js';
import { StreamsService } from './streams.service.js';

const MOST_EVENTS = 100;
/** Shorter than what proxies commonly wait for an answer. */
const WAIT_MS = 25_000;
const LOOK_EVERY_MS = 1_000;

/** Poll-based delivery (RFC 8936). What was not acknowledged is given again. */
@Injectable()
export class PollService implements OnModuleInit {
  readonly #logger = new Logger(PollService.name);
  readonly #waiting = new Set<() => void>();
  #isStopped = false;

  constructor(
    private readonly streams: StreamsService,
    private readonly signals: SignalsService,
    private readonly signer: SetSigner,
    private readonly readiness: Readiness,
    private readonly adapter: HttpAdapterHost,
    feed: ChangeFeed,
  ) {
    signals.onNews(() => this.#wake());
    signals.onOthersNews(feed, () => this.#wake());
  }

  onModuleInit(): void {
    // The command line has no HTTP.
    const fastify = this.adapter.httpAdapter?.getInstance<FastifyInstance>();
    fastify?.addHook('preClose', (done) => {
      this.#isStopped = true;
      this.#wake();
      done();
    });
  }

  /** @throws StreamNotFound for a stream that is not polled */
  async poll(app: App, stream: SignalStream, request: PollRequest, client: Socket): Promise<Record<string, unknown>> {
    if (stream.method !== POLL) throw new StreamNotFound();
    await this.#acknowledge(stream, request);
    const limit = Math.min(request.maxEvents ?? MOST_EVENTS, MOST_EVENTS);
    const until = Date.now() + (request.returnImmediately === true || limit === 0 ? 0 : WAIT_MS);
    for (let current = stream; ; current = await this.streams.get(app, stream.receiver, stream._id.toHexString())) {
      // Looked for after it listens, so that nothing comes in between.
      const news = this.#news(Math.min(until - Date.now(), LOOK_EVERY_MS * 5), client);
      const found = await this.signals.waitingIn(current, limit + 1);
      const isOver = Date.now() >= until || this.#isStopped || this.readiness.draining || client.destroyed;
      if (found.length > 0 || isOver || current.status !== 'enabled') {
        news.cancel();
        return this.#answer(app, current, found, limit);
      }
      await news.came;
    }
  }

  async #answer(app: App, stream: SignalStream, found: Signal[], limit: number): Promise<Record<string, unknown>> {
    const sets: Record<string, string> = {};
    for (const signal of found.slice(0, limit)) sets[signal.jti] = await this.signer.sign(app, stream, signal);
    return { sets, ...(found.length > limit ? { moreAvailable: true } : {}) };
  }

  /** §2.4: what the receiver could not use it does not get again; why stands in the log and beside the event. */
  async #acknowledge(stream: SignalStream, { ack = [], setErrs = {} }: PollRequest): Promise<void> {
    const problems = Object.fromEntries(
      Object.entries(setErrs).map(([jti, { err, description }]) => [
        jti,
        [err, description].filter(Boolean).join(': '),
      ]),
    );
    const jtis = [...new Set([...ack, ...Object.keys(problems)])];
    if (jtis.length === 0) return;
    const refused = Object.values(problems);
    if (refused.length > 0) {
      this.#logger.warn(`stream ${stream._id.toHexString()}: ${refused.length} events were refused (${refused[0]})`);
    }
    await this.signals.finish(stream._id, jtis, problems);
  }

  /** Resolves when there may be news, the time is over, or the client is gone. */
  #news(ms: number, client: Socket): { came: Promise<void>; cancel: () => void } {
    let cancel = (): void => {};
    const came = new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(end);
        client.off('close', end);
        resolve();
      };
      const timer = setTimeout(end, Math.max(ms, 0));
      this.#waiting.add(end);
      client.once('close', end);
      cancel = end;
    });
    return { came, cancel };
  }

  #wake(): void {
    for (const end of this.#waiting) end();
  }
}
