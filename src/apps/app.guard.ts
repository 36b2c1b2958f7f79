import { createParamDecorator, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ClientAddress } from '../http/client-address.js';
import { allowsAddress } from './access-list.js';
import { App } from './app.model.js';
import { AddressNotAllowed } from './apps.errors.js';
import { AppsService } from './apps.service.js';

interface AppRequest extends FastifyRequest {
  latchkeyApp?: App;
}

/** Turns `:clientAppId` of the path into an App, and asks its IP access list. @throws AppNotFound, AddressNotAllowed */
@Injectable()
export class AppGuard implements CanActivate {
  constructor(
    private readonly apps: AppsService,
    private readonly addresses: ClientAddress,
  ) {}

  canActivate(context: ExecutionContext): true | Promise<true> {
    const request = context.switchToHttp().getRequest<AppRequest>();
    const { clientAppId } = request.params as { clientAppId: string };
    const known = this.apps.known(clientAppId);
    return known ? this.#enter(request, known) : this.#read(request, clientAppId);
  }

  async #read(request: AppRequest, clientAppId: string): Promise<true> {
    return this.#enter(request, await this.apps.getByClientAppId(clientAppId));
  }

  #enter(request: AppRequest, app: App): true {
    if (!allowsAddress(app, () => this.addresses.of(request))) throw new AddressNotAllowed();
    request.latchkeyApp = app;
    return true;
  }
}

/** The App of the path, on routes under `AppGuard`. */
export const CurrentApp = createParamDecorator((_data: unknown, context: ExecutionContext): App => {
  const { latchkeyApp } = context.switchToHttp().getRequest<AppRequest>();
  if (!latchkeyApp) throw new Error('CurrentApp needs AppGuard');
  return latchkeyApp;
});
