import { Body, Delete, Get, HttpCode, Param, Patch, Post, Put } from '@nestjs/common';
import { ObjectId } from 'mongodb';
import { App } from '../../../apps/app.model.js';
import { AdminApp, AdminController, APP_PATH } from '../../auth/admin.decorators.js';
import { ObjectIdPipe } from '../object-id.pipe.js';
import { KeptRecordsService } from './kept-records.service.js';

/**
 * Drafts, deployments, values and sync: every change here is live at once, so a draft is empty and its deployment is done as
 * soon as it is asked for (admin-api.md section 12).
 */
@AdminController(APP_PATH)
export class DeploymentsController {
  constructor(private readonly kept: KeptRecordsService) {}

  @Get('drafts')
  drafts(): never[] {
    return [];
  }

  @Post('drafts')
  draft(): Record<string, string> {
    return { _id: new ObjectId().toHexString() };
  }

  @Delete('drafts/:id')
  @HttpCode(204)
  discard(@Param('id', ObjectIdPipe) _id: ObjectId): void {}

  @Post('drafts/:id/deployment')
  deploy(@Param('id', ObjectIdPipe) id: ObjectId): Record<string, string> {
    return deploymentView(id);
  }

  @Get('deployments')
  deployments(): never[] {
    return [];
  }

  @Get('deployments/:id')
  deployment(@Param('id', ObjectIdPipe) id: ObjectId): Record<string, string> {
    return deploymentView(id);
  }

  @Patch('deploy/config')
  @HttpCode(204)
  configureDeployment(): void {}

  @Get('sync/config')
  syncConfig(): Record<string, boolean> {
    return { development_mode_enabled: false };
  }

  @Put('sync/config')
  @HttpCode(204)
  configureSync(): void {}

  @Get('values')
  async values(@AdminApp() app: App): Promise<Record<string, unknown>[]> {
    return (await this.kept.list(app, 'value')).map(valueView);
  }

  @Post('values')
  async addValue(@AdminApp() app: App, @Body() body: { name?: unknown } | undefined): Promise<Record<string, unknown>> {
    return valueView(await this.kept.create(app, 'value', { name: body?.name, type: undefined }));
  }

  @Delete('values/:id')
  @HttpCode(204)
  async deleteValue(@AdminApp() app: App, @Param('id', ObjectIdPipe) id: ObjectId): Promise<void> {
    await this.kept.delete(app, 'value', id);
  }
}

function deploymentView(id: ObjectId): Record<string, string> {
  return { _id: id.toHexString(), status: 'successful', status_error_message: '' };
}

function valueView({ _id, name }: { _id: ObjectId; name: string }): Record<string, unknown> {
  return { _id: _id.toHexString(), name, private: true, from_secret: false };
}
