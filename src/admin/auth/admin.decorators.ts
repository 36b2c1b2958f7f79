import {
  applyDecorators,
  Controller,
  createParamDecorator,
  SetMetadata,
  type CustomDecorator,
  type ExecutionContext,
} from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { ObjectId } from 'mongodb';
import type { App } from '../../apps/app.model.js';
import { Token } from '../../http/token-kind.decorator.js';
import type { AdminCaller } from './admin-caller.js';
import type { Role } from './roles.js';

export const ADMIN_API = 'api/admin/v3.0';
export const APP_PATH = 'groups/:groupId/apps/:appId';

/** What the guard found out about a request. */
export interface AdminRequest extends FastifyRequest {
  latchkeyAdmin?: AdminCaller;
  latchkeyGroup?: ObjectId;
  latchkeyAdminApp?: App;
  /**
   * What a page did, for the audit trail: its status does not say, since a question has done nothing yet and a redirect may
   * tell of a refusal. `answer` is what the route of the Admin API would have answered.
   */
  latchkeyOutcome?: { errorCode?: string; answer?: unknown };
}

/** A controller of the Admin API. @param path under `/api/admin/v3.0`; `:groupId` and `:appId` are resolved by the guard */
export const AdminController = (path: string): ClassDecorator =>
  applyDecorators(Controller(path === '' ? ADMIN_API : `${ADMIN_API}/${path}`), Token('admin'));

export const NEEDED_ROLE = 'latchkey:needed-role';
export const NEEDED_ROLE_TO_WRITE = 'latchkey:needed-role-to-write';

/**
 * The role that a route asks for, in the group of its path or, where it names none, in any group. Without it: GROUP_READ_ONLY
 * to read (GET), GROUP_ADMIN for the rest, and no role at all where the path names no group.
 */
export const Requires = (role: Role): CustomDecorator => SetMetadata(NEEDED_ROLE, role);

/** The same for those routes of a controller only that are no GET. */
export const RequiresToWrite = (role: Role): CustomDecorator => SetMetadata(NEEDED_ROLE_TO_WRITE, role);

export const CurrentAdmin = createParamDecorator((_data: unknown, context: ExecutionContext): AdminCaller =>
  known(requestOf(context).latchkeyAdmin, 'CurrentAdmin'),
);

/** The id of the group of the path, in which the caller has a role. */
export const CurrentGroup = createParamDecorator((_data: unknown, context: ExecutionContext): ObjectId =>
  known(requestOf(context).latchkeyGroup, 'CurrentGroup'),
);

/** The App of the path, which belongs to its group. */
export const AdminApp = createParamDecorator((_data: unknown, context: ExecutionContext): App =>
  known(requestOf(context).latchkeyAdminApp, 'AdminApp'),
);

function requestOf(context: ExecutionContext): AdminRequest {
  return context.switchToHttp().getRequest<AdminRequest>();
}

function known<T>(value: T | undefined, decorator: string): T {
  if (value === undefined) throw new Error(`${decorator} needs a route whose path the admin guard resolves`);
  return value;
}
