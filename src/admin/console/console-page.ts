import { applyDecorators, Controller, UseFilters, UseGuards } from '@nestjs/common';
import { Token } from '../../http/token-kind.decorator.js';
import { APP_PATH } from '../auth/admin.decorators.js';
import { ConsoleFilter } from './console.filter.js';
import { CsrfGuard } from './csrf.guard.js';

/** Pages for whoever is logged in. @param path below `/console`; `:groupId` and `:appId` are resolved by the admin guard */
export const ConsolePage = (path: string): ClassDecorator =>
  applyDecorators(Controller(`console/${path}`), Token('admin'), UseGuards(CsrfGuard), UseFilters(ConsoleFilter));

/** Pages about one app. */
export const AppPage = (path = ''): ClassDecorator => ConsolePage(path === '' ? APP_PATH : `${APP_PATH}/${path}`);
