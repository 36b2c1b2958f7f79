import { Get, Req, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Dashboard } from '../../../admin-ui/views/dashboard.js';
import { App } from '../../apps/app.model.js';
import { ProviderConfigsService } from '../../providers/provider-configs.service.js';
import { UserListService } from '../../users/user-list.service.js';
import { AdminApp, type AdminRequest } from '../auth/admin.decorators.js';
import { AppPage } from './console-page.js';
import { Pages } from './pages.service.js';

/** The first page of an app. */
@AppPage()
export class DashboardPage {
  constructor(
    private readonly pages: Pages,
    private readonly users: UserListService,
    private readonly providers: ProviderConfigsService,
  ) {}

  @Get()
  async show(@AdminApp() app: App, @Req() request: AdminRequest, @Res() reply: FastifyReply): Promise<void> {
    const [users, providers] = await Promise.all([this.users.count(app), this.providers.list(app)]);
    const origins = app.allowedOrigins;
    await this.pages.show(request, reply, (frame) => Dashboard({ frame, app: frame.app!, users, providers, origins }));
  }
}
