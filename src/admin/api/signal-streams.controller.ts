import { Body, Delete, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
import { ObjectId } from 'mongodb';
import { ServerKeysService } from '../../accounts/server-keys.service.js';
import { App } from '../../apps/app.model.js';
import { Config } from '../../config/config.js';
import { SignalsService } from '../../shared-signals/signals.service.js';
import type { SignalStream } from '../../shared-signals/signal-stream.model.js';
import { statusIn, wantedStreamIn } from '../../shared-signals/stream-request.js';
import { StreamsService } from '../../shared-signals/streams.service.js';
import { deliveredOf } from '../../shared-signals/streams.view.js';
import { AdminApp, AdminController, APP_PATH } from '../auth/admin.decorators.js';
import { ObjectIdPipe } from './object-id.pipe.js';

/** The streams of Shared Signals that an app's server keys have, made by them or here. */
@AdminController(`${APP_PATH}/ssf/streams`)
export class SignalStreamsController {
  constructor(
    private readonly streams: StreamsService,
    private readonly signals: SignalsService,
    private readonly keys: ServerKeysService,
    private readonly config: Config,
  ) {}

  @Get()
  async list(@AdminApp() app: App): Promise<Record<string, unknown>[]> {
    return Promise.all((await this.streams.listOf(app)).map((stream) => this.#view(stream)));
  }

  /** As a receiver would with its own key: `server_key_id` says whose it is. */
  @Post()
  @HttpCode(201)
  async create(@AdminApp() app: App, @Body() body: Record<string, unknown>): Promise<Record<string, unknown>> {
    const { server_key_id: id, ...wanted } = body ?? {};
    const key = await this.keys.get(app, new ObjectIdPipe().transform(String(id)));
    return this.#view(await this.streams.create(app, key._id, wantedStreamIn(wanted, this.config)));
  }

  /** The receiver is told in the stream. */
  @Patch(':id')
  async setStatus(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Body() body: Record<string, unknown>,
  ): Promise<Record<string, unknown>> {
    const stream_id = id.toHexString();
    const { status, reason } = statusIn({ ...body, stream_id });
    const stream = await this.streams.get(app, undefined, stream_id);
    return this.#view(
      await this.streams.setStatus(app, stream, { status, reason: reason ?? undefined, byReceiver: false }),
    );
  }

  @Delete(':id')
  @HttpCode(204)
  async delete(@AdminApp() app: App, @Param('id', ObjectIdPipe) id: ObjectId): Promise<void> {
    await this.streams.delete(app, await this.streams.get(app, undefined, id.toHexString()));
  }

  async #view(stream: SignalStream): Promise<Record<string, unknown>> {
    const { _id, receiver, method, endpointUrl, description, status, reason, createdAt, failures, problem } = stream;
    return {
      _id: _id.toHexString(),
      server_key_id: receiver.toHexString(),
      delivery: { method, ...(endpointUrl === undefined ? {} : { endpoint_url: endpointUrl }) },
      events_delivered: deliveredOf(stream),
      ...(description === undefined ? {} : { description }),
      status,
      ...(reason === undefined ? {} : { reason }),
      created: Math.floor(createdAt.getTime() / 1_000),
      waiting: await this.signals.countWaiting(_id),
      ...(failures ? { failures, problem } : {}),
    };
  }
}
