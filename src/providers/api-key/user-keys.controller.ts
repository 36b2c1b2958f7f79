import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put } from '@nestjs/common';
import { IsString } from 'class-validator';
import { ObjectId } from 'mongodb';
import { objectIdIn } from '../../common/object-id.js';
import { Token } from '../../http/token-kind.decorator.js';
import type { Caller } from '../../sessions/authenticator.js';
import { CurrentCaller } from '../../sessions/token.guard.js';
import { apiKeyView } from './api-key.view.js';
import { ApiKeyNotFound } from './api-keys.errors.js';
import { UserKeysService } from './user-keys.service.js';

class CreateKeyDto {
  @IsString({ message: "'name' is a required string" })
  name!: string;
}

/** client-api.md section 12. */
@Controller('api/client/v2.0/auth/api_keys')
@Token('refresh')
export class UserKeysController {
  constructor(private readonly keys: UserKeysService) {}

  @Get()
  async list(@CurrentCaller() { app, live }: Caller): Promise<Record<string, unknown>[]> {
    return (await this.keys.list(app, userOf(live))).map(apiKeyView);
  }

  /** The only answer that holds the key. */
  @Post()
  async create(
    @CurrentCaller() { app, live }: Caller,
    @Body() { name }: CreateKeyDto,
  ): Promise<Record<string, unknown>> {
    const { record, key } = await this.keys.create(app, live, name);
    return { ...apiKeyView(record), key };
  }

  @Get(':id')
  async get(@CurrentCaller() { app, live }: Caller, @Param('id') id: string): Promise<Record<string, unknown>> {
    return apiKeyView(await this.keys.get(app, userOf(live), keyId(id)));
  }

  @Delete(':id')
  @HttpCode(204)
  async delete(@CurrentCaller() { app, live }: Caller, @Param('id') id: string): Promise<void> {
    await this.keys.delete(app, userOf(live), keyId(id), live);
  }

  @Put(':id/enable')
  @HttpCode(204)
  async enable(@CurrentCaller() { app, live }: Caller, @Param('id') id: string): Promise<void> {
    await this.keys.enable(app, userOf(live), keyId(id));
  }

  @Put(':id/disable')
  @HttpCode(204)
  async disable(@CurrentCaller() { app, live }: Caller, @Param('id') id: string): Promise<void> {
    await this.keys.disable(app, userOf(live), keyId(id));
  }
}

function userOf(live: Caller['live']): ObjectId {
  return ObjectId.createFromHexString(live.user.id);
}

/** What is no id names no key either. @throws ApiKeyNotFound */
function keyId(text: string): ObjectId {
  const id = objectIdIn(text);
  if (!id) throw new ApiKeyNotFound();
  return id;
}
