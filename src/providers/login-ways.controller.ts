import { Controller, Get, UseGuards } from '@nestjs/common';
import { App } from '../apps/app.model.js';
import { AppGuard, CurrentApp } from '../apps/app.guard.js';
import { Token } from '../http/token-kind.decorator.js';
import { ProviderConfigsService } from './provider-configs.service.js';
import { ProviderRegistry } from './provider.registry.js';

/** As an app's login page needs it, and no more: what is configured is nobody's business. */
interface LoginWay {
  /** In the address of the login. */
  name: string;
  type: string;
  /** As people know the service. */
  display_name?: string;
}

/** The ways to log in that are on, oldest first (own-routes.md). */
@Controller('api/client/v2.0/app/:clientAppId/auth/providers')
@UseGuards(AppGuard)
@Token('none')
export class LoginWaysController {
  constructor(
    private readonly configs: ProviderConfigsService,
    private readonly registry: ProviderRegistry,
  ) {}

  @Get()
  async list(@CurrentApp() app: App): Promise<LoginWay[]> {
    const configs = await this.configs.list(app);
    return configs.flatMap(({ name, type, disabled, settings }): LoginWay[] => {
      const provider = this.registry.find(type);
      if (disabled || !provider) return [];
      const displayName = provider.displayNameOf(settings);
      return [{ name, type, ...(displayName === undefined ? {} : { display_name: displayName }) }];
    });
  }
}
