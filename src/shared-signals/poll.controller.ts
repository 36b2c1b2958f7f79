import { Body, Controller, Header, HttpCode, Param, Post, Req, UseGuards } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ObjectId } from 'mongodb';
import { App } from '../apps/app.model.js';
import { AppGuard, CurrentApp } from '../apps/app.guard.js';
import { Token } from '../http/token-kind.decorator.js';
import { PollService } from './poll.service.js';
import { CurrentReceiver, ReceiverGuard } from './receiver.guard.js';
import { pollIn, streamIdIn } from './stream-request.js';
import { StreamsService } from './streams.service.js';

/** RFC 8936: a receiver fetches events, and says which of them it has. */
@Controller('api/client/v2.0/app/:clientAppId/ssf')
@UseGuards(AppGuard, ReceiverGuard)
@Token('none')
export class PollController {
  constructor(
    private readonly streams: StreamsService,
    private readonly polls: PollService,
  ) {}

  @Post('poll/:streamId')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  async poll(
    @CurrentApp() app: App,
    @CurrentReceiver() receiver: ObjectId,
    @Param('streamId') id: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
  ): Promise<Record<string, unknown>> {
    const stream = await this.streams.get(app, receiver, streamIdIn({ stream_id: id }));
    return this.polls.poll(app, stream, pollIn(body ?? {}), request.raw.socket);
  }
}
