import { Controller, Delete, Get, HttpCode, Param, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ObjectId } from 'mongodb';
import { InvalidParameter } from '../errors/errors.js';
import { HookRegistry } from '../hooks/hook.registry.js';
import { PlaceRegistry } from '../hooks/place.resolver.js';
import { ClientAddress } from '../http/client-address.js';
import { ObjectIdPipe } from '../http/object-id.pipe.js';
import type { Caller } from '../sessions/authenticator.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { CurrentCaller } from '../sessions/token.guard.js';
import { ownSessionView } from './own-sessions.view.js';

/** Where a person is logged in, and the way to end it. */
@Controller('api/client/v2.0/auth/sessions')
export class OwnSessionsController {
  constructor(
    private readonly sessions: SessionsService,
    private readonly places: PlaceRegistry,
    private readonly hooks: HookRegistry,
    private readonly clientAddress: ClientAddress,
  ) {}

  @Get()
  async list(@CurrentCaller() { app, live }: Caller): Promise<Record<string, unknown>[]> {
    const found = await this.sessions.listOf(app, ObjectId.createFromHexString(live.user.id));
    const places = new Map<string, Promise<string | undefined>>();
    for (const { ip } of found) if (!places.has(ip)) places.set(ip, this.places.placeOf(ip));
    return Promise.all(
      found.map(async (session) => {
        const current = session._id.toHexString() === live.id;
        const lastUsedAt = current ? new Date(live.usedAt) : session.lastUsedAt;
        return ownSessionView({ ...session, lastUsedAt }, { current, place: await places.get(session.ip) });
      }),
    );
  }

  /** "Sign out everywhere else." */
  @Delete()
  @HttpCode(204)
  async endOthers(
    @CurrentCaller() { app, live }: Caller,
    @Query('except') except: unknown,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    if (except !== 'current') throw new InvalidParameter("'except' must be 'current'");
    await this.sessions.endOthersNow(app, userOf(live), ObjectId.createFromHexString(live.id));
    const event = { clientAppId: app.clientAppId, userId: live.user.id, sessionId: live.id };
    await this.hooks.after('afterOthersLoggedOut', { ...event, ...this.#client(request) });
  }

  @Delete(':sessionId')
  @HttpCode(204)
  async endOne(
    @CurrentCaller() { app, live }: Caller,
    @Param('sessionId', ObjectIdPipe) sessionId: ObjectId,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    await this.sessions.endOne(app, userOf(live), sessionId);
    const event = { clientAppId: app.clientAppId, userId: live.user.id, sessionId: sessionId.toHexString() };
    await this.hooks.after('afterLogout', { ...event, ...this.#client(request) });
  }

  #client(request: FastifyRequest) {
    return { ip: this.clientAddress.of(request), userAgent: request.headers['user-agent'] };
  }
}

function userOf(live: Caller['live']): ObjectId {
  return ObjectId.createFromHexString(live.user.id);
}
