import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import { IsBoolean, IsOptional, IsString } from 'class-validator';
import type { FastifyRequest } from 'fastify';
import { ClientAddress } from '../../http/client-address.js';
import type { Caller } from '../../sessions/authenticator.js';
import { CurrentCaller } from '../../sessions/token.guard.js';
import { MergeService } from './merge.service.js';
import { mergeView } from './merge.view.js';

class MergeDto {
  @IsString({ message: "'ticket' is a required string" })
  ticket!: string;

  @IsOptional()
  @IsBoolean({ message: "'dry_run' must be a boolean" })
  dry_run?: boolean;
}

/** What to do with the `merge_ticket` of a link that was refused. */
@Controller('api/client/v2.0/auth/merge')
export class MergeController {
  constructor(
    private readonly merges: MergeService,
    private readonly clientAddress: ClientAddress,
  ) {}

  @Post()
  @HttpCode(200)
  async merge(
    @CurrentCaller() { app, live }: Caller,
    @Body() { ticket, dry_run = false }: MergeDto,
    @Req() request: FastifyRequest,
  ): Promise<Record<string, unknown>> {
    const client = { ip: this.clientAddress.of(request), userAgent: request.headers['user-agent'] };
    return mergeView(await this.merges.mergeOwn(app, live, ticket, dry_run, client));
  }
}
