import type { Type } from '@nestjs/common';
import { MetadataScanner, type ModulesContainer } from '@nestjs/core';
import { NEEDED_ROLE, NEEDED_ROLE_TO_WRITE } from '../admin/auth/admin.decorators.js';
import type { Role } from '../admin/auth/roles.js';
import { TOKEN_KIND, type TokenKind } from '../http/token-kind.decorator.js';
import { bodySchemaOf } from './body-schema.js';

/** What the decorators of a handler say. */
export interface Handler {
  token: TokenKind | undefined;
  role: Role | undefined;
  roleToWrite: Role | undefined;
  body: Record<string, unknown> | undefined;
}

/** Every handler of every controller, by `<class>.<method>`. */
export function handlersIn(modules: ModulesContainer): Map<string, Handler> {
  const scanner = new MetadataScanner();
  const handlers = new Map<string, Handler>();
  for (const { controllers } of modules.values()) {
    for (const { metatype } of controllers.values()) {
      const { prototype } = metatype as Type;
      for (const method of scanner.getAllMethodNames(prototype as object)) {
        handlers.set(`${metatype!.name}.${method}`, handlerOf(metatype as Type, method));
      }
    }
  }
  return handlers;
}

function handlerOf(controller: Type, method: string): Handler {
  const prototype = controller.prototype as Record<string, object>;
  const said = <T>(key: string) =>
    (Reflect.getMetadata(key, prototype[method]!) ?? Reflect.getMetadata(key, controller)) as T | undefined;
  const parameters = (Reflect.getMetadata('design:paramtypes', prototype, method) ?? []) as unknown[];
  return {
    token: said<TokenKind>(TOKEN_KIND),
    role: said<Role>(NEEDED_ROLE),
    roleToWrite: said<Role>(NEEDED_ROLE_TO_WRITE),
    body: parameters.map(bodySchemaOf).find((schema) => schema !== undefined),
  };
}
