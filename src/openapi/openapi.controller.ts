import { Controller, Get, Param, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Docs, DocsPage, type DocsSection } from '../../admin-ui/views/docs.js';
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
  #told: Promise<DocsSection[]> | undefined;

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
    const sections = await this.#sections();
    sendPage(reply, 200, Docs({ sections, publicUrl: this.config.publicUrl }));
  }

  @Get('docs/:section')
  async section(@Param('section') slug: string, @Res() reply: FastifyReply): Promise<void> {
    const sections = await this.#sections();
    const section = sections.find((one) => one.slug === slug);
    if (!section) throw new NotFound();
    sendPage(reply, 200, DocsPage({ sections, section }));
  }

  /** The description stays, and so does what its pages tell of it. */
  #sections(): Promise<DocsSection[]> {
    return (this.#told ??= this.documents.document().then(docsSections));
  }
}
