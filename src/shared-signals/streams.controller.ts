import {
  Body,
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  Patch,
  Post,
  Put,
  Query,
  Req,
  UseGuards,
} from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ObjectId } from 'mongodb';
import { App } from '../apps/app.model.js';
import { AppGuard, CurrentApp } from '../apps/app.guard.js';
import { AuditService } from '../audit/audit.service.js';
import { Config } from '../config/config.js';
import { ClientAddress } from '../http/client-address.js';
import { Token } from '../http/token-kind.decorator.js';
import { issuerOf } from '../signing-keys/issuer.js';
import { CurrentReceiver, ReceiverGuard } from './receiver.guard.js';
import type { SignalStream } from './signal-stream.model.js';
import { statusIn, streamIdIn, updateIn, verificationIn, wantedStreamIn } from './stream-request.js';
import { StreamsService } from './streams.service.js';
import { statusView, streamView } from './streams.view.js';

/** The management API of OpenID Shared Signals (§8.1). A receiver sees its own stream only. */
@Controller('api/client/v2.0/app/:clientAppId/ssf')
@UseGuards(AppGuard, ReceiverGuard)
@Token('none')
export class StreamsController {
  constructor(
    private readonly streams: StreamsService,
    private readonly audit: AuditService,
    private readonly clientAddress: ClientAddress,
    private readonly config: Config,
  ) {}

  @Post('streams')
  @Header('cache-control', 'no-store')
  async create(
    @CurrentApp() app: App,
    @CurrentReceiver() receiver: ObjectId,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
  ) {
    const stream = await this.streams.create(app, receiver, wantedStreamIn(body ?? {}, this.config));
    this.#record('signal_stream.create', stream, request);
    return this.#view(app, stream);
  }

  /** Without an id: a list, empty or of one. */
  @Get('streams')
  @Header('cache-control', 'no-store')
  async read(@CurrentApp() app: App, @CurrentReceiver() receiver: ObjectId, @Query() query: Record<string, unknown>) {
    if (query['stream_id'] !== undefined) {
      return this.#view(app, await this.streams.get(app, receiver, streamIdIn(query)));
    }
    return (await this.streams.listOf(app, receiver)).map((stream) => this.#view(app, stream));
  }

  @Patch('streams')
  @Header('cache-control', 'no-store')
  async update(
    @CurrentApp() app: App,
    @CurrentReceiver() receiver: ObjectId,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
  ) {
    return this.#change(app, receiver, { body, whole: false }, request);
  }

  @Put('streams')
  @Header('cache-control', 'no-store')
  async replace(
    @CurrentApp() app: App,
    @CurrentReceiver() receiver: ObjectId,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
  ) {
    return this.#change(app, receiver, { body, whole: true }, request);
  }

  @Delete('streams')
  @HttpCode(204)
  async delete(
    @CurrentApp() app: App,
    @CurrentReceiver() receiver: ObjectId,
    @Query() query: unknown,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    const stream = await this.streams.get(app, receiver, streamIdIn(query));
    await this.streams.delete(app, stream);
    this.#record('signal_stream.delete', stream, request);
  }

  @Get('status')
  @Header('cache-control', 'no-store')
  async status(@CurrentApp() app: App, @CurrentReceiver() receiver: ObjectId, @Query() query: unknown) {
    return statusView(await this.streams.get(app, receiver, streamIdIn(query)));
  }

  @Post('status')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  async setStatus(
    @CurrentApp() app: App,
    @CurrentReceiver() receiver: ObjectId,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
  ) {
    const { stream_id: id, status, reason } = statusIn(body);
    const stream = await this.streams.get(app, receiver, id);
    const wanted = { status, reason: reason ?? undefined, byReceiver: true };
    const updated = await this.streams.setStatus(app, stream, wanted);
    this.#record('signal_stream.status_update', updated, request);
    return statusView(updated);
  }

  @Post('verify')
  @HttpCode(204)
  async verify(@CurrentApp() app: App, @CurrentReceiver() receiver: ObjectId, @Body() body: unknown): Promise<void> {
    const { stream_id: id, state } = verificationIn(body);
    await this.streams.verify(app, await this.streams.get(app, receiver, id), state ?? undefined);
  }

  async #change(app: App, receiver: ObjectId, said: { body: unknown; whole: boolean }, request: FastifyRequest) {
    const { id, body } = updateIn(said.body);
    const stream = await this.streams.get(app, receiver, id);
    const wanted = wantedStreamIn(body, this.config);
    const changed = await this.streams.change(app, stream, wanted, body, said.whole);
    this.#record('signal_stream.update', changed, request);
    return this.#view(app, changed);
  }

  /** Whoever has a server key may have events sent somewhere else: the trail says who did, and to which host. */
  #record(type: string, { _id, app, receiver, status, endpointUrl }: SignalStream, request: FastifyRequest): void {
    const host: Record<string, string> = endpointUrl === undefined ? {} : { endpoint: new URL(endpointUrl).host };
    this.audit.record({
      where: { app: app.toHexString() },
      type,
      outcome: 'success',
      actor: { kind: 'server_key', id: receiver.toHexString() },
      ip: this.clientAddress.of(request),
      userAgent: request.headers['user-agent'],
      details: { stream_id: _id.toHexString(), status, ...host },
    });
  }

  #view(app: App, stream: SignalStream): Record<string, unknown> {
    return streamView(stream, issuerOf(this.config, app));
  }
}
