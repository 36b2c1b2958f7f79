import { readFileSync } from 'node:fs';
import { Controller, Get, Header } from '@nestjs/common';
import { Token } from '../../http/token-kind.decorator.js';

const CSS = new URL('../../../admin-ui/assets/console.css', import.meta.url);

/** The files of `admin-ui/assets`: read once, each under its own route, so that no path of a request ever becomes one of ours. */
@Controller('console/assets')
@Token('none')
export class AssetsController {
  readonly #css = readFileSync(CSS, 'utf8');

  @Get('console.css')
  @Header('content-type', 'text/css; charset=utf-8')
  @Header('cache-control', 'public, max-age=300')
  css(): string {
    return this.#css;
  }
}
