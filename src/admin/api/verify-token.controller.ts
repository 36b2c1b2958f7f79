import { Body, HttpCode, Post } from '@nestjs/common';
import { App } from '../../apps/app.model.js';
import { TokenCheckService } from '../../sessions/token-check.service.js';
import { AdminApp, AdminController, APP_PATH, Requires } from '../auth/admin.decorators.js';
import { VerifyTokenDto } from './users.dto.js';

/** Of a claim of ours only these go out. */
const CLAIMS = ['sub', 'exp', 'iat', 'iss', 'aud'];

/** admin-api.md section 5: backends that verify no tokens themselves ask here. */
@AdminController(`${APP_PATH}/users/verify_token`)
@Requires('GROUP_READ_ONLY')
export class VerifyTokenController {
  constructor(private readonly tokens: TokenCheckService) {}

  /** @returns a JSON string for a genuine token that is expired: so did the original */
  @Post()
  @HttpCode(200)
  async verify(@AdminApp() app: App, @Body() { token }: VerifyTokenDto): Promise<Record<string, unknown> | string> {
    const claims = await this.tokens.check(app, token);
    if (claims === 'expired') return 'token expired';
    return {
      ...Object.fromEntries(CLAIMS.map((name) => [name, claims[name]])),
      domain_id: claims['baas_domain_id'],
      device_id: claims['baas_device_id'],
      ...(claims['user_data'] === undefined ? {} : { custom_user_data: claims['user_data'] }),
    };
  }
}
