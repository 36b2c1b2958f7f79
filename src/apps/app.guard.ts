import { createParamDecorator, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { App } from './app.model.js';
import { AppsService } from './apps.service.js';

interface AppRequest extends FastifyRequest {
  latchkeyApp?: App;
}

/** Turns `:clientAppId` of the path into an App. @throws AppNotFound */
@Injectable()
export class AppGuard implements CanActivate {
  constructor(private readonly apps: AppsService) {}

  canActivate(context: ExecutionContext): true | Promise<true> {
    const request = context.switchToHttp().getRequest<AppRequest>();
    const { clientAppId } = request.params as { clientAppId: string };
    request.latchkeyApp = this.apps.known(clientAppId);
    return request.latchkeyApp ? true : this.#read(request, clientAppId);
  }

  async #read(request: AppRequest, clientAppId: string): Promise<true> {
    request.latchkeyApp = await this.apps.getByClientAppId(clientAppId);
    return true;
  }
}

/** The App of the path, on routes under `AppGuard`. */
export const CurrentApp = createParamDecorator((_data: unknown, context: ExecutionContext): App => {
  const { latchkeyApp } = context.switchToHttp().getRequest<AppRequest>();
  if (!latchkeyApp) throw new Error('CurrentApp needs AppGuard');
  return latchkeyApp;
});
