import { Body, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { ObjectId } from 'mongodb';
import { encode } from 'uqr';
import { t } from '../../../admin-ui/strings.js';
import { Account } from '../../../admin-ui/views/account.js';
import { RecoveryCodes, SetUpFactor } from '../../../admin-ui/views/second-factor.js';
import { GroupsService } from '../../apps/groups.service.js';
import { ClientAddress } from '../../http/client-address.js';
import { deviceKind } from '../../mail/templates/device-kind.js';
import { ObjectIdPipe } from '../api/object-id.pipe.js';
import { AdminSessionNotFound, OldPasswordWrong } from '../auth/admin-auth.errors.js';
import type { AdminCaller } from '../auth/admin-caller.js';
import { AdminLoginService } from '../auth/admin-login.service.js';
import type { AdminSession } from '../auth/admin-session.model.js';
import { AdminSessionsService } from '../auth/admin-sessions.service.js';
import { CurrentAdmin, type AdminRequest } from '../auth/admin.decorators.js';
import { CodeRefused } from '../auth/second-factor.errors.js';
import { SecondFactorService, type NewFactor } from '../auth/second-factor.service.js';
import { ConsolePage } from './console-page.js';
import { formIn } from './form.js';
import { DIFFERENT_PASSWORDS, problemIn } from './one-time.form.js';
import { Pages } from './pages.service.js';

/** An administrator's own password and sessions. */
@ConsolePage('account')
export class AccountPage {
  constructor(
    private readonly pages: Pages,
    private readonly groups: GroupsService,
    private readonly login: AdminLoginService,
    private readonly sessions: AdminSessionsService,
    private readonly secondFactor: SecondFactorService,
    private readonly addresses: ClientAddress,
  ) {}

  @Get()
  async show(@Req() request: AdminRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.#show(request, reply);
  }

  @Post('password')
  async changePassword(
    @CurrentAdmin() caller: AdminCaller,
    @Body() body: unknown,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const form = formIn(body);
    const password = form.get('new');
    if (password !== form.get('again')) return this.#show(request, reply, { problem: DIFFERENT_PASSWORDS }, 400);
    try {
      await this.login.changePassword(caller, form.get('old'), password, this.addresses.of(request));
      this.pages.done(reply, this.#path, t.account.passwordChanged);
    } catch (error) {
      const { status, text } = problemIn(error);
      const wrong = error instanceof OldPasswordWrong;
      await this.#show(request, reply, { problem: wrong ? t.account.wrongPassword : text }, status);
    }
  }

  @Post('totp')
  async beginFactor(@CurrentAdmin() caller: AdminCaller, @Req() request: AdminRequest, @Res() reply: FastifyReply) {
    const factor = await this.secondFactor.begin(caller);
    await this.#showFactor(request, reply, factor);
  }

  /** The page is the answer: the recovery codes are in it, and in nothing else. */
  @Post('totp/confirm')
  async confirmFactor(
    @CurrentAdmin() caller: AdminCaller,
    @Body() body: unknown,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    try {
      const codes = await this.secondFactor.confirm(caller, formIn(body).get('totp').trim());
      this.pages.did(reply);
      await this.#showCodes(request, reply, t.account.recoveryTitle, codes);
    } catch (error) {
      if (!(error instanceof CodeRefused)) throw error;
      const { status, text } = problemIn(error);
      await this.#showFactor(request, reply, this.secondFactor.waiting(caller), text, status);
    }
  }

  @Post('totp/off')
  async turnFactorOff(
    @CurrentAdmin() caller: AdminCaller,
    @Body() body: unknown,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    try {
      await this.login.turnOffSecondFactor(caller, formIn(body).get('totp').trim(), this.addresses.of(request));
      this.pages.done(reply, this.#path, t.account.turnedOff);
    } catch (error) {
      const { status, text } = problemIn(error);
      await this.#show(request, reply, { factorProblem: text }, status);
    }
  }

  @Post('totp/codes')
  async renewCodes(
    @CurrentAdmin() caller: AdminCaller,
    @Body() body: unknown,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const form = formIn(body);
    const totp = form.get('totp').trim();
    const proof = totp === '' ? { password: form.get('password') } : { totp };
    try {
      const codes = await this.login.renewRecoveryCodes(caller, proof, this.addresses.of(request));
      this.pages.did(reply);
      await this.#showCodes(request, reply, t.account.newCodesTitle, codes);
    } catch (error) {
      const { status, text } = problemIn(error);
      await this.#show(request, reply, { codesProblem: text }, status);
    }
  }

  @Post('sessions')
  async endOthers(@CurrentAdmin() caller: AdminCaller, @Res() reply: FastifyReply): Promise<void> {
    await this.sessions.endOwn(caller, 'current');
    this.pages.done(reply, this.#path, t.account.othersEnded);
  }

  @Post('sessions/:sessionId')
  async endOne(
    @CurrentAdmin() { id }: AdminCaller,
    @Param('sessionId', ObjectIdPipe) sessionId: ObjectId,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (!(await this.sessions.end(id, sessionId))) throw new AdminSessionNotFound();
    this.pages.done(reply, this.#path, t.account.ended);
  }

  async #showCodes(request: AdminRequest, reply: FastifyReply, title: string, codes: string[]): Promise<void> {
    await this.pages.show(request, reply, (frame) => RecoveryCodes({ frame, title, path: this.#path, codes }));
  }

  async #showFactor(
    request: AdminRequest,
    reply: FastifyReply,
    { secret, uri }: NewFactor,
    problem?: string,
    status = 200,
  ): Promise<void> {
    const picture = encode(uri, { border: 4 }).data;
    const page = { path: this.#path, secret, picture, problem };
    await this.pages.show(request, reply, (frame) => SetUpFactor({ frame, ...page }), status);
  }

  async #show(
    request: AdminRequest,
    reply: FastifyReply,
    problems: { problem?: string; factorProblem?: string; codesProblem?: string } = {},
    status = 200,
  ): Promise<void> {
    const caller = request.latchkeyAdmin!;
    const [found, groups] = await Promise.all([
      this.sessions.list(caller),
      this.groups.list(caller.roles.map(({ groupId }) => groupId)),
    ]);
    const roles = groups.map(({ _id, name }) => ({ group: name, role: caller.roleIn(_id)! }));
    const sessions = found.map((session) => rowOf(session, caller));
    const recoveryLeft =
      'administrator' in caller.owner ? caller.owner.administrator.totp?.recoveryHashes.length : undefined;
    const page = { path: this.#path, roles, sessions, recoveryLeft, ...problems };
    await this.pages.show(request, reply, (frame) => Account({ frame, ...page }), status);
  }

  get #path(): string {
    return `${this.pages.base}/account`;
  }
}

function rowOf({ _id, cookieHash, userAgent, ip, lastUsedAt }: AdminSession, { session }: AdminCaller) {
  return {
    id: _id.toHexString(),
    current: _id.equals(session._id),
    browser: cookieHash !== undefined,
    device: deviceKind(userAgent) ?? userAgent ?? '?',
    ip,
    lastUsedAt,
  };
}
