import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Socket } from 'node:net';
import type { App } from '../apps/app.model.js';
import { Readiness } from '../http/readiness.js';
import { OVERLAP, type Page } from './app-revocations.js';
import { FeedSigner } from './feed-signer.js';
import { RevocationsService } from './revocations.service.js';
import { feedView } from './revocations.view.js';

const HEARTBEAT_MS = 1_000;
/** A client that does not read is no client any more. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024;

/** Those who wait for news: long polls and event streams. All end when the process was asked to. */
@Injectable()
export class RevocationStreams implements OnModuleInit {
  readonly #ends = new Set<() => void>();

  constructor(
    private readonly adapter: HttpAdapterHost,
    private readonly revocations: RevocationsService,
    private readonly signer: FeedSigner,
    private readonly readiness: Readiness,
  ) {}

  onModuleInit(): void {
    const fastify = this.adapter.httpAdapter.getInstance<FastifyInstance>();
    fastify.addHook('preClose', (done) => {
      this.revocations.stop();
      for (const end of this.#ends) end();
      done();
    });
  }

  /** Until there is news, the time is over, the client is gone or the server ends. */
  async wait(app: App, wanted: { seconds: number; isNews: () => boolean; client: Socket }): Promise<void> {
    const followed = this.revocations.of(app);
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        clearInterval(watch);
        this.#ends.delete(end);
        unfollow();
        wanted.client.off('close', end);
        resolve();
      };
      const look = (): void => {
        if (this.readiness.draining || !this.revocations.isFresh || wanted.isNews()) end();
      };
      const timer = setTimeout(end, wanted.seconds * 1_000);
      const watch = setInterval(() => {
        if (this.readiness.draining) end();
      }, HEARTBEAT_MS);
      const unfollow = followed.follow(look);
      this.#ends.add(end);
      wanted.client.once('close', end);
      look();
    });
  }

  /** Writes events until either side ends. While it cannot be told what is revoked, it is silent. */
  async open(app: App, from: bigint, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const followed = this.revocations.of(app);
    const { raw } = reply;
    let position = from;
    let last: Promise<void> = Promise.resolve();
    const send = (page: Page): void => {
      if (page.seq > position) position = page.seq;
      last = last
        .then(() => this.#write(app, page, reply))
        .catch((error: unknown) => {
          request.log.warn(error);
          end();
        });
    };
    const end = (): void => {
      clearInterval(heartbeat);
      unfollow();
      this.#ends.delete(end);
      raw.end();
    };
    reply.hijack();
    raw.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      connection: 'close',
      'x-content-type-options': 'nosniff',
      'x-accel-buffering': 'no',
    });
    const unfollow = followed.follow(send);
    const heartbeat = setInterval(() => {
      if (this.readiness.draining) end();
      // Who has not read the last one needs no other.
      else if (this.revocations.isFresh && raw.writableLength === 0)
        send({ after: position, seq: position, revocations: [] });
    }, HEARTBEAT_MS);
    this.#ends.add(end);
    raw.once('close', end);
    const first = followed.since(from > OVERLAP ? from - OVERLAP : 0n);
    send({ ...first, after: from, seq: first.seq > from ? first.seq : from });
    await last;
  }

  async #write(app: App, page: Page, { raw }: FastifyReply): Promise<void> {
    const bytes = Buffer.from(JSON.stringify(feedView(page, this.revocations.keptSeconds(app))));
    const seq = String(page.seq);
    const signed = await this.signer.sign(app, bytes, { after: String(page.after), seq });
    if (raw.writableEnded) return;
    if (raw.writableLength > MAX_UNREAD_BYTES) raw.destroy();
    else raw.write(`id: ${seq}\nevent: revocations\ndata: ${signed}\n\n`);
  }
}
