import { Controller, Get, Post, Query, Req, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { App } from '../../../apps/app.model.js';
import { AppGuard, CurrentApp } from '../../../apps/app.guard.js';
import { ClientAddress } from '../../../http/client-address.js';
import { Token } from '../../../http/token-kind.decorator.js';
import { ConfirmationsService } from '../confirmations.service.js';
import { send, show, type Visit } from './account-page.js';

/** Where a confirmation mail leads, for apps that have no page of their own. */
@Controller('api/client/v2.0/app/:clientAppId/auth/pages/confirm')
@UseGuards(AppGuard)
@Token('none')
export class ConfirmPage {
  constructor(
    private readonly confirmations: ConfirmationsService,
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
    await send(this.#visit({ app, query, request, reply }), async (pair) => {
      await this.confirmations.confirmByToken(app, pair, this.clientAddress.of(request));
    });
  }

  #visit(visit: Omit<Visit, 'step' | 'look'>): Visit {
    return { ...visit, step: 'confirm', look: (pair) => this.confirmations.look(visit.app, pair) };
  }
}
