import { Controller, Get, Header, UseGuards } from '@nestjs/common';
import { renderPage } from '../../admin-ui/render.js';
import { Docs } from '../../admin-ui/views/docs.js';
import { Token } from '../http/token-kind.decorator.js';
import { docsAsset } from './docs-assets.js';
import { DocsGuard } from './docs.guard.js';
import { DocumentService } from './document.service.js';

/** Swagger UI styles what it draws in place. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const A_DAY = 'public, max-age=86400';
const SCRIPT = 'text/javascript; charset=utf-8';

@Controller()
@UseGuards(DocsGuard)
@Token('none')
export class OpenApiController {
  constructor(private readonly documents: DocumentService) {}

  @Get('openapi.json')
  async document(): Promise<Record<string, unknown>> {
    return this.documents.document();
  }

  @Get('docs')
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', POLICY)
  page(): string {
    return renderPage(Docs());
  }

  @Get('docs/assets/docs.js')
  @Header('content-type', SCRIPT)
  @Header('cache-control', A_DAY)
  async start(): Promise<string> {
    return docsAsset('docs.js');
  }

  @Get('docs/assets/swagger-ui-bundle.js')
  @Header('content-type', SCRIPT)
  @Header('cache-control', A_DAY)
  async script(): Promise<string> {
    return docsAsset('swagger-ui-bundle.js');
  }

  @Get('docs/assets/swagger-ui.css')
  @Header('content-type', 'text/css; charset=utf-8')
  @Header('cache-control', A_DAY)
  async style(): Promise<string> {
    return docsAsset('swagger-ui.css');
  }
}
