import { Body, Delete, Get, HttpCode, Param, Patch, Post, Put } from '@nestjs/common';
import type { ObjectId } from 'mongodb';
import { App } from '../../apps/app.model.js';
import { InvalidParameter } from '../../errors/errors.js';
import { isPlainObject } from '../../providers/provider-settings.js';
import { ProviderSetupService, type ProviderType } from '../../providers/provider-setup.service.js';
import { ProviderTrialsService } from '../../providers/provider-trials.service.js';
import { ProviderConfigsService } from '../../providers/provider-configs.service.js';
import { AdminApp, AdminController, APP_PATH } from '../auth/admin.decorators.js';
import { providerSummaryView, providerView, trialsView } from './auth-providers.view.js';
import { ObjectIdPipe } from './object-id.pipe.js';

/** admin-api.md section 4. */
@AdminController(`${APP_PATH}/auth_providers`)
export class AuthProvidersController {
  constructor(
    private readonly configs: ProviderConfigsService,
    private readonly setup: ProviderSetupService,
    private readonly trials: ProviderTrialsService,
  ) {}

  @Get()
  async list(@AdminApp() app: App): Promise<Record<string, unknown>[]> {
    return (await this.configs.list(app)).map(providerSummaryView);
  }

  @Post()
  async create(@AdminApp() app: App, @Body() body: unknown): Promise<Record<string, unknown>> {
    return providerSummaryView(await this.setup.create(app, objectIn(body)));
  }

  /** Forms are drawn from these. */
  @Get('types')
  types(): ProviderType[] {
    return this.setup.types();
  }

  @Get(':id')
  async get(@AdminApp() app: App, @Param('id', ObjectIdPipe) id: ObjectId): Promise<Record<string, unknown>> {
    return providerView(await this.configs.get(app, id));
  }

  @Patch(':id')
  @HttpCode(204)
  async change(@AdminApp() app: App, @Param('id', ObjectIdPipe) id: ObjectId, @Body() body: unknown): Promise<void> {
    await this.setup.change(app, id, objectIn(body));
  }

  @Put(':id/enable')
  @HttpCode(204)
  async enable(@AdminApp() app: App, @Param('id', ObjectIdPipe) id: ObjectId): Promise<void> {
    await this.configs.setDisabled(app, id, false);
  }

  @Put(':id/disable')
  @HttpCode(204)
  async disable(@AdminApp() app: App, @Param('id', ObjectIdPipe) id: ObjectId): Promise<void> {
    await this.configs.setDisabled(app, id, true);
  }

  /** Says what is wrong as far as that can be told without a person. */
  @Post(':id/test')
  @HttpCode(200)
  async test(@AdminApp() app: App, @Param('id', ObjectIdPipe) id: ObjectId): Promise<Record<string, unknown>> {
    return trialsView(await this.trials.run(app, id));
  }

  @Delete(':id')
  @HttpCode(204)
  async delete(@AdminApp() app: App, @Param('id', ObjectIdPipe) id: ObjectId): Promise<void> {
    await this.configs.delete(app, id);
  }
}

/** The body is checked by the schema of its own type, which no DTO knows. */
function objectIn(body: unknown): Record<string, unknown> {
  if (!isPlainObject(body)) throw new InvalidParameter('expected an auth provider');
  return body;
}
