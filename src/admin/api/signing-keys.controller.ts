import { Get, HttpCode, Param, Post } from '@nestjs/common';
import { App } from '../../apps/app.model.js';
import type { KeyRecord } from '../../signing-keys/signing-keys.service.js';
import { SigningKeysService } from '../../signing-keys/signing-keys.service.js';
import { AdminApp, AdminController, APP_PATH } from '../auth/admin.decorators.js';

/** The keys that sign an app's access tokens; never a private one. */
@AdminController(`${APP_PATH}/signing_keys`)
export class SigningKeysController {
  constructor(private readonly keys: SigningKeysService) {}

  @Get()
  async list(@AdminApp() app: App): Promise<Record<string, unknown>[]> {
    return (await this.keys.list(app)).map(view);
  }

  @Post('rotate')
  @HttpCode(201)
  async rotate(@AdminApp() app: App): Promise<Record<string, unknown>> {
    return view({ key: await this.keys.rotate(app), state: 'next' });
  }

  @Post(':kid/retire')
  @HttpCode(204)
  async retire(@AdminApp() app: App, @Param('kid') kid: string): Promise<void> {
    await this.keys.retire(app, kid);
  }
}

function view({ key, state }: KeyRecord): Record<string, unknown> {
  const { kid, algorithm, createdAt, usedFrom = createdAt, removeAt, retiredAt } = key;
  return {
    kid,
    algorithm,
    state,
    created: seconds(createdAt),
    used_from: seconds(usedFrom),
    ...(removeAt && !retiredAt ? { published_until: seconds(removeAt) } : {}),
    ...(retiredAt ? { retired: seconds(retiredAt) } : {}),
  };
}

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1_000);
}
