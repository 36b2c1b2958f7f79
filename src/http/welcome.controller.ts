import { Controller, Get, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Welcome } from '../../admin-ui/views/welcome.js';
import { Config } from '../config/config.js';
import { sendPage } from './page-answer.js';
import { Token } from './token-kind.decorator.js';

/** Something at `/`: people look there first, and test harnesses probe it (client-api.md, trap 25). */
@Controller()
@Token('none')
export class WelcomeController {
  constructor(private readonly config: Config) {}

  @Get()
  welcome(@Res() reply: FastifyReply): void {
    const { publicUrl, apiDocs } = this.config;
    sendPage(reply, 200, Welcome({ publicUrl, docs: apiDocs === 'on' }));
  }
}
