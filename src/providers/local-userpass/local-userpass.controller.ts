import { Body, Controller, HttpCode, Post, Req, UseGuards } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { App } from '../../apps/app.model.js';
import { AppGuard, CurrentApp } from '../../apps/app.guard.js';
import { ClientAddress } from '../../http/client-address.js';
import { Token } from '../../http/token-kind.decorator.js';
import { ProviderConfigsService } from '../provider-configs.service.js';
import { ConfirmationFunctionsService } from './confirmation-functions.service.js';
import { ConfirmationsService } from './confirmations.service.js';
import { PasswordResetsService } from './password-resets.service.js';
import { CallResetDto, ConfirmDto, EmailDto, RegisterDto, ResetDto } from './register.dto.js';
import { requesterOf } from './requester.js';
import { SignUpsService } from './sign-ups.service.js';

/** client-api.md section 11. Answers `{}`, never nothing: old SDKs parse it. */
@Controller('api/client/v2.0/app/:clientAppId/auth/providers/local-userpass')
@UseGuards(AppGuard)
@Token('none')
export class LocalUserpassController {
  constructor(
    private readonly configs: ProviderConfigsService,
    private readonly signUps: SignUpsService,
    private readonly confirmations: ConfirmationsService,
    private readonly byFunction: ConfirmationFunctionsService,
    private readonly resets: PasswordResetsService,
    private readonly clientAddress: ClientAddress,
  ) {}

  @Post('register')
  async register(
    @CurrentApp() app: App,
    @Body() body: RegisterDto,
    @Req() request: FastifyRequest,
  ): Promise<Record<string, never>> {
    const active = await this.configs.getActive(app, 'local-userpass');
    await this.signUps.signUp(app, active, body, requesterOf(request, this.clientAddress));
    return {};
  }

  @Post('confirm')
  @HttpCode(200)
  async confirm(
    @CurrentApp() app: App,
    @Body() body: ConfirmDto,
    @Req() request: FastifyRequest,
  ): Promise<Record<string, never>> {
    await this.configs.getActive(app, 'local-userpass');
    await this.confirmations.confirmByToken(app, body, this.clientAddress.of(request));
    return {};
  }

  @Post('confirm/send')
  @HttpCode(200)
  async sendConfirmation(
    @CurrentApp() app: App,
    @Body() { email }: EmailDto,
    @Req() request: FastifyRequest,
  ): Promise<Record<string, never>> {
    const active = await this.configs.getActive(app, 'local-userpass');
    await this.confirmations.resend(app, active, email, this.clientAddress.of(request));
    return {};
  }

  @Post('confirm/call')
  @HttpCode(200)
  async callConfirmation(
    @CurrentApp() app: App,
    @Body() { email }: EmailDto,
    @Req() request: FastifyRequest,
  ): Promise<Record<string, never>> {
    const active = await this.configs.getActive(app, 'local-userpass');
    await this.byFunction.callAgain(app, active, email, this.clientAddress.of(request));
    return {};
  }

  @Post('reset/send')
  @HttpCode(200)
  async sendReset(
    @CurrentApp() app: App,
    @Body() { email }: EmailDto,
    @Req() request: FastifyRequest,
  ): Promise<Record<string, never>> {
    const active = await this.configs.getActive(app, 'local-userpass');
    await this.resets.send(app, active, email, requesterOf(request, this.clientAddress));
    return {};
  }

  @Post('reset')
  @HttpCode(200)
  async reset(
    @CurrentApp() app: App,
    @Body() { password, ...pair }: ResetDto,
    @Req() request: FastifyRequest,
  ): Promise<Record<string, never>> {
    await this.configs.getActive(app, 'local-userpass');
    await this.resets.complete(app, pair, password, requesterOf(request, this.clientAddress));
    return {};
  }

  @Post('reset/call')
  @HttpCode(200)
  async callReset(
    @CurrentApp() app: App,
    @Body() { email, password, arguments: args = [] }: CallResetDto,
    @Req() request: FastifyRequest,
  ): Promise<Record<string, never>> {
    const active = await this.configs.getActive(app, 'local-userpass');
    await this.resets.call(app, active, { email, password, args }, requesterOf(request, this.clientAddress));
    return {};
  }
}
