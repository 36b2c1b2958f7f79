import { Controller, Get, Post, Query, Req, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { App } from '../../../apps/app.model.js';
import { AppGuard, CurrentApp } from '../../../apps/app.guard.js';
import { ClientAddress } from '../../../http/client-address.js';
import { Token } from '../../../http/token-kind.decorator.js';
import { UserInvitationsService } from '../user-invitations.service.js';
import { send, show, type Visit } from './account-page.js';

/** Where an invitation leads: whoever it is for chooses a password. */
@Controller('api/client/v2.0/app/:clientAppId/auth/pages/invite')
@UseGuards(AppGuard)
@Token('none')
export class InvitePage {
  constructor(
    private readonly invitations: UserInvitationsService,
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
      await this.invitations.accept(app, pair, password, this.clientAddress.of(request));
    });
  }

  #visit(visit: Omit<Visit, 'step' | 'look'>): Visit {
    return { ...visit, step: 'invite', look: (pair) => this.invitations.look(visit.app, pair) };
  }
}
