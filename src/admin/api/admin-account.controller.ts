import { Body, Delete, Get, HttpCode, Param, Post, Put, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ObjectId } from 'mongodb';
import { ClientAddress } from '../../http/client-address.js';
import { Token } from '../../http/token-kind.decorator.js';
import { AdminSessionNotFound } from '../auth/admin-auth.errors.js';
import type { AdminCaller } from '../auth/admin-caller.js';
import { AdminLoginService } from '../auth/admin-login.service.js';
import { AdminSessionsService } from '../auth/admin-sessions.service.js';
import { AdminController, CurrentAdmin } from '../auth/admin.decorators.js';
import { SecondFactorService } from '../auth/second-factor.service.js';
import { MissingParameter } from '../../errors/errors.js';
import { InvitationsService } from '../auth/invitations.service.js';
import { AcceptInvitationDto, ChangePasswordDto, NewCodesDto, TotpDto } from './admin-account.dto.js';
import { adminProfileView, adminSessionView } from './admin-account.view.js';
import { ObjectIdPipe } from './object-id.pipe.js';

/** An administrator's own session, profile and password; the only routes that name no group. */
@AdminController('auth')
export class AdminAccountController {
  constructor(
    private readonly sessions: AdminSessionsService,
    private readonly login: AdminLoginService,
    private readonly secondFactor: SecondFactorService,
    private readonly invitations: InvitationsService,
    private readonly clientAddress: ClientAddress,
  ) {}

  @Post('session')
  @Token('admin-refresh')
  async refresh(@CurrentAdmin() caller: AdminCaller): Promise<{ access_token: string }> {
    return { access_token: await this.sessions.makeAccessToken(caller) };
  }

  @Delete('session')
  @Token('admin-refresh')
  @HttpCode(204)
  async logout(@CurrentAdmin() { id, session }: AdminCaller): Promise<void> {
    await this.sessions.end(id, session._id);
  }

  @Get('profile')
  profile(@CurrentAdmin() caller: AdminCaller): Record<string, unknown> {
    return adminProfileView(caller);
  }

  @Put('password')
  @HttpCode(204)
  async changePassword(
    @CurrentAdmin() caller: AdminCaller,
    @Body() { old_password, password }: ChangePasswordDto,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    await this.login.changePassword(caller, old_password, password, this.clientAddress.of(request));
  }

  /** Without a code: makes a secret for an authenticator app. With its first code: turns it on, and shows recovery codes once. */
  @Post('totp')
  async setTotp(@CurrentAdmin() caller: AdminCaller, @Body() { totp }: TotpDto): Promise<Record<string, unknown>> {
    if (totp === undefined) return { ...(await this.secondFactor.begin(caller)) };
    return { recovery_codes: await this.secondFactor.confirm(caller, totp) };
  }

  @Delete('totp')
  @HttpCode(204)
  async removeTotp(
    @CurrentAdmin() caller: AdminCaller,
    @Body() { totp }: TotpDto,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    if (totp === undefined) throw new MissingParameter("'totp' is required");
    await this.login.turnOffSecondFactor(caller, totp, this.clientAddress.of(request));
  }

  /** For the password, or a code. Shown this once; earlier ones are void. */
  @Post('totp/recovery_codes')
  async renewCodes(
    @CurrentAdmin() caller: AdminCaller,
    @Body() { totp, password }: NewCodesDto,
    @Req() request: FastifyRequest,
  ): Promise<{ recovery_codes: string[] }> {
    if ((totp === undefined) === (password === undefined)) {
      throw new MissingParameter("either 'password' or 'totp' is required");
    }
    const proof = totp === undefined ? { password: password! } : { totp };
    return { recovery_codes: await this.login.renewRecoveryCodes(caller, proof, this.clientAddress.of(request)) };
  }

  @Get('sessions')
  async listSessions(@CurrentAdmin() caller: AdminCaller): Promise<Record<string, unknown>[]> {
    return (await this.sessions.list(caller)).map((session) => adminSessionView(session, caller));
  }

  @Delete('sessions')
  @HttpCode(204)
  async endSessions(@CurrentAdmin() caller: AdminCaller, @Query('except') except: unknown): Promise<void> {
    await this.sessions.endOwn(caller, except === 'current' ? 'current' : 'none');
  }

  @Delete('sessions/:sessionId')
  @HttpCode(204)
  async endSession(
    @CurrentAdmin() { id }: AdminCaller,
    @Param('sessionId', ObjectIdPipe) sessionId: ObjectId,
  ): Promise<void> {
    if (!(await this.sessions.end(id, sessionId))) throw new AdminSessionNotFound();
  }

  @Post('invitations/accept')
  @Token('none')
  async accept(
    @Body() { token, password, name }: AcceptInvitationDto,
    @Req() request: FastifyRequest,
  ): Promise<{ user_id: string; email: string }> {
    const acceptance = { token, password, ...(name === undefined ? {} : { displayName: name }) };
    const { _id, email } = await this.invitations.accept(acceptance, this.clientAddress.of(request));
    return { user_id: _id.toHexString(), email };
  }
}
