import { createParamDecorator, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ObjectId } from 'mongodb';
import { basicIn } from '../accounts/oauth/oauth-request.js';
import { OAuthError } from '../accounts/oauth/oauth.errors.js';
import { ServerKeysService } from '../accounts/server-keys.service.js';
import { AppsService } from '../apps/apps.service.js';
import { ReceiverRefused } from './shared-signals.errors.js';

interface ReceiverRequest extends FastifyRequest {
  latchkeyReceiver?: ObjectId;
}

const BEARER = /^Bearer +([A-Za-z0-9]+) *$/i;

/** Lets in receivers: a server API key of the app as Bearer, or as Basic with its id. Behind `AppGuard`. @throws ReceiverRefused */
@Injectable()
export class ReceiverGuard implements CanActivate {
  constructor(
    private readonly apps: AppsService,
    private readonly keys: ServerKeysService,
  ) {}

  async canActivate(context: ExecutionContext): Promise<true> {
    const http = context.switchToHttp();
    const request = http.getRequest<ReceiverRequest>();
    const { clientAppId } = request.params as { clientAppId: string };
    const app = await this.apps.getByClientAppId(clientAppId);
    const said = credentialsIn(request.headers.authorization);
    const found = said && (await this.keys.findActive(app, said.key));
    if (!found || (said.id !== undefined && said.id.toLowerCase() !== found.toHexString())) {
      void http.getResponse<FastifyReply>().header('www-authenticate', `Bearer realm="${clientAppId}"`);
      throw new ReceiverRefused();
    }
    request.latchkeyReceiver = found;
    return true;
  }
}

function credentialsIn(authorization: string | undefined): { id?: string; key: string } | undefined {
  if (authorization === undefined) return undefined;
  const bearer = BEARER.exec(authorization)?.[1];
  if (bearer !== undefined) return { key: bearer };
  try {
    const { clientId, clientSecret } = basicIn(authorization);
    return { id: clientId, key: clientSecret };
  } catch (error) {
    if (error instanceof OAuthError) return undefined;
    throw error;
  }
}

/** The `_id` of the server key that calls, on routes under `ReceiverGuard`. */
export const CurrentReceiver = createParamDecorator((_data: unknown, context: ExecutionContext): ObjectId => {
  const { latchkeyReceiver } = context.switchToHttp().getRequest<ReceiverRequest>();
  if (!latchkeyReceiver) throw new Error('CurrentReceiver needs ReceiverGuard');
  return latchkeyReceiver;
});
