import { Get, Req, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { System } from '../../../admin-ui/views/system.js';
import { SystemService } from '../api/system/system.service.js';
import { Requires, type AdminRequest } from '../auth/admin.decorators.js';
import { ConsolePage } from './console-page.js';
import { Pages } from './pages.service.js';

/** The server as a whole. */
@ConsolePage('system')
export class SystemPage {
  constructor(
    private readonly pages: Pages,
    private readonly system: SystemService,
  ) {}

  @Get()
  @Requires('GROUP_ADMIN')
  async show(@Req() request: AdminRequest, @Res() reply: FastifyReply): Promise<void> {
    const facts = await this.system.describe();
    await this.pages.show(request, reply, (frame) => System({ frame, facts }));
  }
}
