import { Body, Delete, Get, HttpCode, Param, Patch, Post, Put, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { ObjectId } from 'mongodb';
import { holds, type AccessEntry } from '../../apps/access-list.js';
import { App } from '../../apps/app.model.js';
import { AppSettingsService } from '../../apps/app-settings.service.js';
import { InvalidParameter, MissingParameter } from '../../errors/errors.js';
import { ClientAddress } from '../../http/client-address.js';
import { AdminApp, AdminController, APP_PATH } from '../auth/admin.decorators.js';
import { ObjectIdPipe } from './object-id.pipe.js';
import { AccessEntryDto, RefreshTokenExpirationDto } from './security.dto.js';

/** admin-api.md section 9. */
@AdminController(`${APP_PATH}/security`)
export class SecurityController {
  constructor(
    private readonly settings: AppSettingsService,
    private readonly addresses: ClientAddress,
  ) {}

  @Get('allowed_request_origins')
  origins(@AdminApp() app: App): string[] {
    return app.allowedOrigins;
  }

  @Post('allowed_request_origins')
  @HttpCode(204)
  async setOrigins(@AdminApp() app: App, @Body() body: unknown): Promise<void> {
    if (!Array.isArray(body)) throw new InvalidParameter('expected an array of origins');
    await this.settings.setOrigins(app, body);
  }

  @Get('access_list')
  accessList(@AdminApp() app: App, @Req() request: FastifyRequest): Record<string, unknown> {
    const ip = this.addresses.of(request);
    return { current_ip: ip, allowed_ips: app.accessList.map((entry) => entryView(entry, ip)) };
  }

  @Post('access_list')
  async addAccess(
    @AdminApp() app: App,
    @Body() body: AccessEntryDto,
    @Req() request: FastifyRequest,
  ): Promise<Record<string, unknown>> {
    const ip = this.addresses.of(request);
    const address = body.use_current ? ip : body.address;
    if (address === undefined) throw new MissingParameter("'address' is required");
    return entryView(await this.settings.addAccess(app, { address, comment: body.comment }), ip);
  }

  @Patch('access_list/:id')
  async changeAccess(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Body() { address, comment }: AccessEntryDto,
    @Req() request: FastifyRequest,
  ): Promise<Record<string, unknown>> {
    if (address === undefined) throw new MissingParameter("'address' is required");
    return entryView(await this.settings.changeAccess(app, id, { address, comment }), this.addresses.of(request));
  }

  @Delete('access_list/:id')
  @HttpCode(204)
  async removeAccess(@AdminApp() app: App, @Param('id', ObjectIdPipe) id: ObjectId): Promise<void> {
    await this.settings.removeAccess(app, id);
  }

  @Get('refresh_token_expiration')
  refreshTokenExpiration(@AdminApp() app: App): Record<string, number> {
    return { expiration_time_seconds: app.refreshTokenSeconds };
  }

  @Put('refresh_token_expiration')
  @HttpCode(204)
  async setRefreshTokenExpiration(@AdminApp() app: App, @Body() body: RefreshTokenExpirationDto): Promise<void> {
    await this.settings.change(app, { refreshTokenSeconds: body.expiration_time_seconds });
  }
}

function entryView({ _id, address, comment }: AccessEntry, ip: string): Record<string, unknown> {
  const [host = '', prefix] = address.split('/');
  return {
    _id: _id.toHexString(),
    address,
    ip: host,
    ...(prefix === undefined ? {} : { network: address }),
    ...(comment === undefined ? {} : { comment }),
    includes_current: holds(address, ip),
  };
}
