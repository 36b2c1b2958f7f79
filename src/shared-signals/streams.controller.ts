import { Body, Controller, Delete, Get, Header, HttpCode, Patch, Post, Put, Query, UseGuards } from '@nestjs/common';
import { ObjectId } from 'mongodb';
import { App } from '../apps/app.model.js';
import { AppGuard, CurrentApp } from '../apps/app.guard.js';
import { Config } from '../config/config.js';
import { Token } from '../http/token-kind.decorator.js';
import { issuerOf } from '../signing-keys/issuer.js';
import { CurrentReceiver, ReceiverGuard } from './receiver.guard.js';
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
    private readonly config: Config,
  ) {}

  @Post('streams')
  @Header('cache-control', 'no-store')
  async create(@CurrentApp() app: App, @CurrentReceiver() receiver: ObjectId, @Body() body: unknown) {
    return this.#view(app, await this.streams.create(app, receiver, wantedStreamIn(body ?? {}, this.config)));
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
  async update(@CurrentApp() app: App, @CurrentReceiver() receiver: ObjectId, @Body() body: unknown) {
    return this.#change(app, receiver, body, false);
  }

  @Put('streams')
  @Header('cache-control', 'no-store')
  async replace(@CurrentApp() app: App, @CurrentReceiver() receiver: ObjectId, @Body() body: unknown) {
    return this.#change(app, receiver, body, true);
  }

  @Delete('streams')
  @HttpCode(204)
  async delete(@CurrentApp() app: App, @CurrentReceiver() receiver: ObjectId, @Query() query: unknown): Promise<void> {
    await this.streams.delete(app, await this.streams.get(app, receiver, streamIdIn(query)));
  }

  @Get('status')
  @Header('cache-control', 'no-store')
  async status(@CurrentApp() app: App, @CurrentReceiver() receiver: ObjectId, @Query() query: unknown) {
    return statusView(await this.streams.get(app, receiver, streamIdIn(query)));
  }

  @Post('status')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  async setStatus(@CurrentApp() app: App, @CurrentReceiver() receiver: ObjectId, @Body() body: unknown) {
    const { stream_id: id, status, reason } = statusIn(body);
    const stream = await this.streams.get(app, receiver, id);
    return statusView(
      await this.streams.setStatus(app, stream, { status, reason: reason ?? undefined, byReceiver: true }),
    );
  }

  @Post('verify')
  @HttpCode(204)
  async verify(@CurrentApp() app: App, @CurrentReceiver() receiver: ObjectId, @Body() body: unknown): Promise<void> {
    const { stream_id: id, state } = verificationIn(body);
    await this.streams.verify(app, await this.streams.get(app, receiver, id), state ?? undefined);
  }

  async #change(app: App, receiver: ObjectId, said: unknown, whole: boolean) {
    const { id, body } = updateIn(said);
    const stream = await this.streams.get(app, receiver, id);
    return this.#view(app, await this.streams.change(app, stream, wantedStreamIn(body, this.config), body, whole));
  }

  #view(app: App, stream: Parameters<typeof streamView>[0]): Record<string, unknown> {
    return streamView(stream, issuerOf(this.config, app));
  }
}
