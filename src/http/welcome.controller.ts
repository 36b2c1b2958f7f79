import { Controller, Get, Header } from '@nestjs/common';
import { renderPage } from '../../admin-ui/render.js';
import { Welcome } from '../../admin-ui/views/welcome.js';
import { Config } from '../config/config.js';
import { Token } from './token-kind.decorator.js';

/** Something at `/`: people look there first, and test harnesses probe it (client-api.md, trap 25). */
@Controller()
@Token('none')
export class WelcomeController {
  constructor(private readonly config: Config) {}

  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'")
  welcome(): string {
    return renderPage(Welcome({ publicUrl: this.config.publicUrl }));
  }
}
