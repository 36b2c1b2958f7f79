import { Controller, Get, Post, Query, Req, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { App } from '../../../apps/app.model.js';
import { AppGuard, CurrentApp } from '../../../apps/app.guard.js';
import { ClientAddress } from '../../../http/client-address.js';
import { Token } from '../../../http/token-kind.decorator.js';
import { PasswordResetsService } from '../password-resets.service.js';
import { requesterOf } from '../requester.js';
import { send, show, type Visit } from './account-page.js';

/** Where a reset mail leads, for apps that have no page of their own. */
@Controller('api/client/v2.0/app/:clientAppId/auth/pages/reset')
@UseGuards(AppGuard)
@Token('none')
export class ResetPage {
  constructor(
    private readonly resets: PasswordResetsService,
    private readonly clientAddress: ClientAddress,
  ) {}

  @Get()
  async show(
    @CurrentApp() app: App,
    @Query() query: Record<string, unknown>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await show(this.#visit({ app, query, request, reply }));
  }

  @Post()
  async send(
    @CurrentApp() app: App,
    @Query() query: Record<string, unknown>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await send(this.#visit({ app, query, request, reply }), async (pair, password) => {
      await this.resets.complete(app, pair, password, requesterOf(request, this.clientAddress));
    });
  }

  #visit(visit: Omit<Visit, 'step' | 'look'>): Visit {
    return { ...visit, step: 'reset', look: (pair) => this.resets.look(visit.app, pair) };
  }
}
