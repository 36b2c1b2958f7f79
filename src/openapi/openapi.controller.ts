import { Controller, Get, Param, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Docs, DocsPage } from '../../admin-ui/views/docs.js';
import { Config } from '../config/config.js';
import { NotFound } from '../errors/errors.js';
import { sendPage } from '../http/page-answer.js';
import { Token } from '../http/token-kind.decorator.js';
import { DocsGuard } from './docs.guard.js';
import { docsSections } from './docs-sections.js';
import { DocumentService } from './document.service.js';

@Controller()
@UseGuards(DocsGuard)
@Token('none')
export class OpenApiController {
  constructor(
    private readonly documents: DocumentService,
    private readonly config: Config,
  ) {}

  @Get('openapi.json')
  async document(): Promise<Record<string, unknown>> {
    return this.documents.document();
  }

  @Get('docs')
  async index(@Res() reply: FastifyReply): Promise<void> {
    const sections = docsSections(await this.documents.document());
    sendPage(reply, 200, Docs({ sections, publicUrl: this.config.publicUrl }));
  }

  @Get('docs/:section')
  async section(@Param('section') slug: string, @Res() reply: FastifyReply): Promise<void> {
    const sections = docsSections(await this.documents.document());
    const section = sections.find((one) => one.slug === slug);
    if (!section) throw new NotFound();
    sendPage(reply, 200, DocsPage({ sections, section }));
  }
}
