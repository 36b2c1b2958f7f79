import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { App } from '../apps/app.model.js';
import { AppsService } from '../apps/apps.service.js';
import { BoundedMap } from '../common/bounded-map.js';
import { Readiness } from '../http/readiness.js';
import { OVERLAP, type Page } from './app-revocations.js';
import { FeedSigner, type ReadySigner } from './feed-signer.js';
import { RevocationsService } from './revocations.service.js';
import { feedView } from './revocations.view.js';

const HEARTBEAT_MS = 1_000;
const SHARED_MS = 250;
const MAX_BEATS = 1_000;
/** A client that does not read is no client any more. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024;

const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  connection: 'close',
  'x-content-type-options': 'nosniff',
  'x-accel-buffering': 'no',
};

/** Those who wait for news: long polls and event streams. All end when the process was asked to. */
@Injectable()
export class RevocationStreams implements OnModuleInit {
  readonly #ends = new Set<() => void>();
  readonly #beats = new BoundedMap<string, { seq: bigint; kid: string; at: number; event: Promise<string> }>(MAX_BEATS);

  constructor(
    private readonly adapter: HttpAdapterHost,
    private readonly apps: AppsService,
    private readonly revocations: RevocationsService,
    private readonly signer: FeedSigner,
    private readonly readiness: Readiness,
  ) {}

  onModuleInit(): void {
    // The command line has no HTTP.
    const fastify = this.adapter.httpAdapter?.getInstance<FastifyInstance>();
    fastify?.addHook('preClose', (done) => {
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
    let signed = await this.signer.ready(app);
    const then = (work: () => Promise<void> | void): void => {
      last = last.then(work).catch((error: unknown) => {
        request.log.warn(error);
        end();
      });
    };
    const send = (page: Page): void => {
      if (page.seq > position) position = page.seq;
      then(async () => {
        signed = await this.signer.ready(signed.app);
        await this.#write(signed, page, raw);
      });
    };
    const beat = async (): Promise<void> => {
      const found = await this.apps.findById(app._id);
      if (found) signed = { ...signed, app: found };
      else {
        // The app is gone, and everything that its keys signed.
        const revocations = signed.kids.map((id) => ({ kind: 'key' as const, id }));
        await this.#write(signed, { after: position, seq: position, revocations }, raw);
        end();
      }
    };
    const end = (): void => {
      clearInterval(heartbeat);
      unfollow();
      this.#ends.delete(end);
      raw.end();
    };
    reply.hijack();
    raw.writeHead(200, HEADERS);
    const unfollow = followed.follow(send);
    const heartbeat = setInterval(() => {
      if (this.readiness.draining) return end();
      // Who has not read the last one needs no other.
      if (!this.revocations.isFresh || raw.writableLength > 0) return;
      then(beat);
      send({ after: position, seq: position, revocations: [] });
    }, HEARTBEAT_MS);
    this.#ends.add(end);
    raw.once('close', end);
    if (raw.destroyed) return end();
    const first = followed.since(from > OVERLAP ? from - OVERLAP : 0n);
    send({ ...first, after: from, seq: first.seq > from ? first.seq : from });
    await last;
  }

  async #write(signed: ReadySigner, page: Page, raw: ServerResponse): Promise<void> {
    const event = isBeat(page) ? await this.#beat(signed, page) : await this.#event(signed, page);
    if (raw.writableEnded || raw.destroyed) return;
    if (raw.writableLength > MAX_UNREAD_BYTES) raw.destroy();
    else raw.write(event);
  }

  /** That nothing is new is signed once for all who wait for the same. */
  async #beat(signed: ReadySigner, page: Page): Promise<string> {
    const id = signed.app._id.toHexString();
    const known = this.#beats.get(id);
    const now = performance.now();
    if (known?.seq === page.seq && known.kid === signed.key.kid && now - known.at < SHARED_MS) return known.event;
    const event = this.#event(signed, page);
    this.#beats.set(id, { seq: page.seq, kid: signed.key.kid, at: now, event });
    return event;
  }

  async #event(signed: ReadySigner, page: Page): Promise<string> {
    const bytes = Buffer.from(JSON.stringify(feedView(page, this.revocations.keptSeconds(signed.app))));
    const seq = String(page.seq);
    const jws = await this.signer.sign(signed, bytes, { after: String(page.after), seq });
    return `id: ${seq}\nevent: revocations\ndata: ${jws}\n\n`;
  }
}

function isBeat({ after, seq, revocations }: Page): boolean {
  return after === seq && revocations.length === 0;
}
