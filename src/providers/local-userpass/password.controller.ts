import { Body, Controller, HttpCode, Put, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ClientAddress } from '../../http/client-address.js';
import type { Caller } from '../../sessions/authenticator.js';
import { CurrentCaller } from '../../sessions/token.guard.js';
import { PasswordChangeService } from './password-change.service.js';
import { PasswordDto } from './password.dto.js';

@Controller('api/client/v2.0/auth/password')
export class PasswordController {
  constructor(
    private readonly passwords: PasswordChangeService,
    private readonly clientAddress: ClientAddress,
  ) {}

  @Put()
  @HttpCode(204)
  async change(
    @CurrentCaller() { app, live }: Caller,
    @Body() body: PasswordDto,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    const change = { oldPassword: body.old_password, password: body.password };
    await this.passwords.change(app, live, change, this.clientAddress.of(request));
  }
}
