import { Controller, Get, Headers, Query, Req, Res, UseGuards } from '@nestjs/common';
import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppGuard, CurrentApp } from '../apps/app.guard.js';
import { App } from '../apps/app.model.js';
import { InvalidParameter } from '../errors/errors.js';
import { Token } from '../http/token-kind.decorator.js';
import { FeedSigner } from './feed-signer.js';
import { RevocationStreams } from './revocation-streams.js';
import { RevocationsService } from './revocations.service.js';
import { feedView } from './revocations.view.js';

const MAX_WAIT_SECONDS = 25;
const DIGITS = /^\d{1,20}$/;
const DAY_SECONDS = 86_400;

/** docs/revocation-feed.md. Open to all, like the keys: it names no token and nobody. */
@Controller('api/client/v2.0/app/:clientAppId/revocations')
@UseGuards(AppGuard)
@Token('none')
export class RevocationsController {
  constructor(
    private readonly revocations: RevocationsService,
    private readonly streams: RevocationStreams,
    private readonly signer: FeedSigner,
  ) {}

  @Get()
  async page(
    @CurrentApp() app: App,
    @Query() query: { after?: unknown; wait?: unknown },
    @Headers('if-none-match') known: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const after = positionIn(query.after);
    const wait = secondsIn(query.wait);
    await this.revocations.ready();
    const kept = this.revocations.of(app);
    if (wait > 0 && (!kept.hasSince(after) || known !== undefined)) {
      const isNews = (): boolean => kept.hasSince(after) && etagOf(this.#bodyOf(app, after)) !== known;
      await this.streams.wait(app, { seconds: wait, isNews, client: request.raw.socket });
      if (this.revocations.isStopped) void reply.header('connection', 'close');
    }
    const body = this.#bodyOf(app, after);
    const etag = etagOf(body);
    const isKnown = etag === known;
    const facts = { after: String(after), seq: feedSeq(body), etag };
    const signature = await this.signer.signDetached(app, isKnown ? new Uint8Array() : body, facts);
    void reply
      .header('etag', etag)
      .header('latchkey-signature', signature)
      .header('access-control-expose-headers', 'etag, latchkey-signature');
    if (isKnown) void reply.code(304).send();
    else void reply.header('content-type', 'application/json').send(body);
  }

  @Get('stream')
  async stream(
    @CurrentApp() app: App,
    @Query('after') after: unknown,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const from = positionIn(lastEventId ?? after);
    await this.revocations.ready();
    this.revocations.of(app);
    if (request.method === 'HEAD') return void reply.header('content-type', 'text/event-stream').send();
    await this.streams.open(app, from, request, reply);
  }

  /** @throws ServiceUnavailable */
  #bodyOf(app: App, after: bigint): Buffer {
    const page = this.revocations.of(app).since(after);
    return Buffer.from(JSON.stringify(feedView(page, this.revocations.keptSeconds(app))));
  }
}

function feedSeq(body: Buffer): string {
  return (JSON.parse(body.toString()) as { seq: string }).seq;
}

function etagOf(body: Buffer): string {
  return `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
}

function positionIn(after: unknown = '0'): bigint {
  if (typeof after !== 'string' || !DIGITS.test(after)) {
    throw new InvalidParameter('after is a sequence number that the feed gave out, in decimal digits');
  }
  const position = BigInt(after);
  const tomorrow = BigInt(Math.floor(Date.now() / 1_000) + DAY_SECONDS) << 32n;
  if (position > tomorrow) throw new InvalidParameter('after is not a sequence number of this feed');
  return position;
}

function secondsIn(wait: unknown = '0'): number {
  if (typeof wait !== 'string' || !/^\d{1,4}$/.test(wait)) {
    throw new InvalidParameter('wait is a whole number of seconds');
  }
  return Math.min(Number(wait), MAX_WAIT_SECONDS);
}
