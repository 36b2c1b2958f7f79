import { Body, Delete, Get, HttpCode, Post, Query } from '@nestjs/common';
import type { ObjectId } from 'mongodb';
import { AppRemovalService } from '../../accounts/app-removal.service.js';
import { App } from '../../apps/app.model.js';
import { AppsService } from '../../apps/apps.service.js';
import { Config } from '../../config/config.js';
import { FunctionRecordsService } from '../../functions/function-records.service.js';
import { NewAppsService } from '../../providers/new-apps.service.js';
import { ProviderConfigsService } from '../../providers/provider-configs.service.js';
import { AdminApp, AdminController, CurrentGroup } from '../auth/admin.decorators.js';
import { CreateAppDto, productsIn } from './apps.dto.js';
import { appView, descriptionView } from './apps.view.js';
import { KeptRecordsService } from './compat/kept-records.service.js';

/** admin-api.md section 3. */
@AdminController('groups/:groupId/apps')
export class AppsController {
  constructor(
    private readonly apps: AppsService,
    private readonly newApps: NewAppsService,
    private readonly removal: AppRemovalService,
    private readonly providers: ProviderConfigsService,
    private readonly functions: FunctionRecordsService,
    private readonly kept: KeptRecordsService,
    private readonly config: Config,
  ) {}

  @Get()
  async list(@CurrentGroup() group: ObjectId, @Query('product') product: unknown): Promise<Record<string, unknown>[]> {
    return (await this.apps.listOf(group, productsIn(product))).map(appView);
  }

  @Post()
  async create(
    @CurrentGroup() group: ObjectId,
    @Query('product') product: unknown,
    @Body() { name, location, deployment_model, provider_region, environment }: CreateAppDto,
  ): Promise<Record<string, unknown>> {
    const deployment = {
      ...(location ? { location } : {}),
      ...(deployment_model ? { deploymentModel: deployment_model } : {}),
      ...(provider_region ? { providerRegion: provider_region } : {}),
      ...(environment ? { environment } : {}),
      product: productsIn(product)[0] ?? 'standard',
    };
    return appView(await this.newApps.create({ group, name, deployment }, [{ type: 'api-key', disabled: true }]));
  }

  @Get(':appId')
  get(@AdminApp() app: App): Record<string, unknown> {
    return appView(app);
  }

  @Delete(':appId')
  @HttpCode(204)
  async delete(@AdminApp() app: App): Promise<void> {
    await this.removal.delete(app);
  }

  @Get(':appId/description')
  async describe(@AdminApp() app: App): Promise<Record<string, unknown>> {
    const [providers, functions, values] = await Promise.all([
      this.providers.list(app),
      this.functions.list(app),
      this.kept.list(app, 'value'),
    ]);
    return descriptionView(app, {
      publicUrl: this.config.publicUrl,
      providers,
      functions: functions.map(({ name }) => name),
      values: values.map(({ name }) => name),
    });
  }
}
