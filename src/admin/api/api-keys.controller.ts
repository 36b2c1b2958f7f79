import { Body, Delete, Get, HttpCode, Param, Post, Put } from '@nestjs/common';
import { IsString } from 'class-validator';
import type { ObjectId } from 'mongodb';
import { ServerKeysService } from '../../accounts/server-keys.service.js';
import { App } from '../../apps/app.model.js';
import { AdminApp, AdminController, APP_PATH } from '../auth/admin.decorators.js';
import { apiKeyView } from './api-keys.view.js';
import { ObjectIdPipe } from './object-id.pipe.js';

class CreateKeyDto {
  @IsString({ message: "'name' is a required string" })
  name!: string;
}

/** admin-api.md section 7: keys of servers, not those that users make. */
@AdminController(`${APP_PATH}/api_keys`)
export class ApiKeysController {
  constructor(private readonly keys: ServerKeysService) {}

  @Get()
  async list(@AdminApp() app: App): Promise<Record<string, unknown>[]> {
    return (await this.keys.list(app)).map(apiKeyView);
  }

  /** The only answer that holds the key. */
  @Post()
  async create(@AdminApp() app: App, @Body() { name }: CreateKeyDto): Promise<Record<string, unknown>> {
    const { record, key } = await this.keys.create(app, name);
    return { ...apiKeyView(record), key };
  }

  @Get(':id')
  async get(@AdminApp() app: App, @Param('id', ObjectIdPipe) id: ObjectId): Promise<Record<string, unknown>> {
    return apiKeyView(await this.keys.get(app, id));
  }

  @Delete(':id')
  @HttpCode(204)
  async delete(@AdminApp() app: App, @Param('id', ObjectIdPipe) id: ObjectId): Promise<void> {
    await this.keys.delete(app, id);
  }

  @Put(':id/enable')
  @HttpCode(204)
  async enable(@AdminApp() app: App, @Param('id', ObjectIdPipe) id: ObjectId): Promise<void> {
    await this.keys.setDisabled(app, id, false);
  }

  @Put(':id/disable')
  @HttpCode(204)
  async disable(@AdminApp() app: App, @Param('id', ObjectIdPipe) id: ObjectId): Promise<void> {
    await this.keys.setDisabled(app, id, true);
  }
}
