import { Body, Delete, Get, Headers, HttpCode, Param, Post, Put, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { ObjectId } from 'mongodb';
import { CustomDataService, type CustomData } from '../../accounts/custom-data.service.js';
import { UserIdentitiesService } from '../../accounts/user-identities.service.js';
import { App } from '../../apps/app.model.js';
import { InvalidParameter, MissingParameter } from '../../errors/errors.js';
import { UserKeysService } from '../../providers/api-key/user-keys.service.js';
import { SessionsService } from '../../sessions/sessions.service.js';
import { UsersService } from '../../users/users.service.js';
import { AdminApp, AdminController, APP_PATH, RequiresToWrite } from '../auth/admin.decorators.js';
import { userKeyView } from './api-keys.view.js';
import { ObjectIdPipe } from './object-id.pipe.js';
import { AddIdentityDto } from './users.dto.js';
import { devicesView, sessionView, userView } from './users.view.js';

/** What belongs to one user. */
@AdminController(`${APP_PATH}/users/:id`)
@RequiresToWrite('GROUP_SUPPORT')
export class UserDetailsController {
  constructor(
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly identities: UserIdentitiesService,
    private readonly customData: CustomDataService,
    private readonly keys: UserKeysService,
  ) {}

  @Get('devices')
  async devices(@AdminApp() app: App, @Param('id', ObjectIdPipe) id: ObjectId): Promise<Record<string, unknown>[]> {
    await this.users.get(app, id);
    return devicesView(await this.sessions.historyOf(app, id));
  }

  @Get('sessions')
  async listSessions(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
  ): Promise<Record<string, unknown>[]> {
    await this.users.get(app, id);
    return (await this.sessions.listOf(app, id)).map(sessionView);
  }

  @Delete('sessions/:sessionId')
  @HttpCode(204)
  async endSession(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Param('sessionId', ObjectIdPipe) sessionId: ObjectId,
  ): Promise<void> {
    await this.sessions.endOne(app, id, sessionId);
  }

  @Post('identities')
  async addIdentity(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Body() body: AddIdentityDto,
  ): Promise<Record<string, unknown>> {
    await this.identities.add(app, id, wantedIn(body));
    return userView(app, await this.users.get(app, id));
  }

  @Delete('identities/:identityId')
  @HttpCode(204)
  async removeIdentity(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Param('identityId') identityId: string,
    @Query('provider') provider: unknown,
  ): Promise<void> {
    await this.identities.remove(app, id, identityId, typeof provider === 'string' ? provider : undefined);
  }

  @Get('custom_data')
  async getCustomData(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Record<string, unknown>> {
    return tagged(reply, await this.customData.get(app, id));
  }

  @Put('custom_data')
  async setCustomData(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Body() body: unknown,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Record<string, unknown>> {
    return tagged(reply, await this.customData.set(app, id, body, versionIn(ifMatch)));
  }

  @Get('api_keys')
  async listKeys(@AdminApp() app: App, @Param('id', ObjectIdPipe) id: ObjectId): Promise<Record<string, unknown>[]> {
    await this.users.get(app, id);
    return (await this.keys.list(app, id)).map(userKeyView);
  }

  @Delete('api_keys/:keyId')
  @HttpCode(204)
  async deleteKey(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Param('keyId', ObjectIdPipe) keyId: ObjectId,
  ): Promise<void> {
    await this.keys.delete(app, id, keyId);
  }
}

function wantedIn({ provider, id, data = {}, email, password }: AddIdentityDto) {
  if (email !== undefined) {
    if (password === undefined) throw new MissingParameter("'password' is required with 'email'");
    return { email, password };
  }
  if (provider === undefined || id === undefined) {
    throw new MissingParameter("'provider' and 'id', or 'email' and 'password', are required");
  }
  const texts = Object.entries(data).filter(([, value]) => typeof value === 'string') as [string, string][];
  if (texts.length < Object.keys(data).length) throw new InvalidParameter("'data' may hold strings only");
  return { provider, subject: id, data: Object.fromEntries(texts) };
}

function tagged(reply: FastifyReply, { data, version }: CustomData): Record<string, unknown> {
  reply.header('etag', `"${version}"`);
  return data;
}

/** RFC 9110 §13.1.1; `*` is any. A tag that is none of ours matches no version. */
function versionIn(ifMatch: string | undefined): number | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined;
  const version = /^(?:W\/)?"(\d{1,15})"$/.exec(ifMatch.trim())?.[1];
  return version === undefined ? -1 : Number(version);
}
