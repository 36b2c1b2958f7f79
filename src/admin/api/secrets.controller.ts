import { Body, Delete, Get, HttpCode, Param, Post, Put } from '@nestjs/common';
import { IsString } from 'class-validator';
import type { ObjectId } from 'mongodb';
import { App } from '../../apps/app.model.js';
import { SecretsService } from '../../secrets/secrets.service.js';
import { AdminApp, AdminController, APP_PATH } from '../auth/admin.decorators.js';
import { ObjectIdPipe } from './object-id.pipe.js';

class SecretValueDto {
  @IsString({ message: "'value' is a required string" })
  value!: string;
}

class SecretDto extends SecretValueDto {
  @IsString({ message: "'name' is a required string" })
  name!: string;
}

/** admin-api.md section 12. Values go in; none comes out. */
@AdminController(`${APP_PATH}/secrets`)
export class SecretsController {
  constructor(private readonly secrets: SecretsService) {}

  @Get()
  async list(@AdminApp() app: App): Promise<Record<string, string>[]> {
    return (await this.secrets.list(app)).map(({ _id, name }) => ({ _id: _id.toHexString(), name }));
  }

  @Post()
  async create(@AdminApp() app: App, @Body() { name, value }: SecretDto): Promise<Record<string, string>> {
    return { _id: (await this.secrets.create(app, { name, value })).toHexString(), name };
  }

  @Put(':id')
  @HttpCode(204)
  async replace(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Body() { value }: SecretValueDto,
  ): Promise<void> {
    await this.secrets.replace(app, id, value);
  }

  @Delete(':id')
  @HttpCode(204)
  async delete(@AdminApp() app: App, @Param('id', ObjectIdPipe) id: ObjectId): Promise<void> {
    await this.secrets.delete(app, id);
  }
}
