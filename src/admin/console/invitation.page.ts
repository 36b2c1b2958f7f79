import { Body, Controller, Get, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AdministratorMade, Invitation, LinkNotValid } from '../../../admin-ui/views/setup.js';
import { ClientAddress } from '../../http/client-address.js';
import { Token } from '../../http/token-kind.decorator.js';
import { LinkRefused } from '../auth/admin-auth.errors.js';
import { InvitationsService } from '../auth/invitations.service.js';
import { DIFFERENT_PASSWORDS, oneTimeForm, problemIn } from './one-time.form.js';
import { sendPage } from './page-answer.js';

const HINT = 'Ask whoever invited you for a new one.';

/** Where an invitation leads. Looking uses nothing up: only sending the form does. */
@Controller('console/invitation')
@Token('none')
export class InvitationPage {
  constructor(
    private readonly invitations: InvitationsService,
    private readonly clientAddress: ClientAddress,
  ) {}

  @Get()
  async show(@Query('token') token: unknown, @Res() reply: FastifyReply): Promise<void> {
    const invited = await this.#look(token, reply);
    if (invited) sendPage(reply, 200, Invitation(invited));
  }

  @Post()
  async accept(
    @Query('token') token: unknown,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { password, again } = oneTimeForm.parse(body);
    const invited = await this.#look(token, reply);
    if (!invited) return;
    if (!invited.known && password !== again) {
      return sendPage(reply, 400, Invitation({ ...invited, problem: DIFFERENT_PASSWORDS }));
    }
    try {
      const { email } = await this.invitations.accept({ token, password }, this.clientAddress.of(request));
      sendPage(reply, 200, AdministratorMade({ email }));
    } catch (error) {
      if (error instanceof LinkRefused) return sendPage(reply, 401, LinkNotValid({ hint: HINT }));
      const { status, text } = problemIn(error);
      sendPage(reply, status, Invitation({ ...invited, problem: text }));
    }
  }

  /** @returns undefined where the answer was sent: the link is not valid */
  async #look(token: unknown, reply: FastifyReply): Promise<{ email: string; known: boolean } | undefined> {
    try {
      return await this.invitations.look(token);
    } catch (error) {
      if (!(error instanceof LinkRefused)) throw error;
      sendPage(reply, 401, LinkNotValid({ hint: HINT }));
      return undefined;
    }
  }
}
