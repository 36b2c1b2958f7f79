import { readFileSync } from 'node:fs';
import { Controller, Get, Header } from '@nestjs/common';
import { Token } from '../../http/token-kind.decorator.js';
import { PageNotFound } from './no.page.js';

const CACHED = 'public, max-age=300';

/** The files of `admin-ui/assets`: read once, each under its own route, so that no path of a request ever becomes one of ours. */
@Controller('console/assets')
@Token('none')
export class AssetsController {
  readonly #css = read('console.css');
  readonly #script = read('console.js');
  readonly #icon = read('icon.svg');

  @Get('console.css')
  @Header('content-type', 'text/css; charset=utf-8')
  @Header('cache-control', CACHED)
  css(): string {
    return this.#css;
  }

  @Get('console.js')
  @Header('content-type', 'text/javascript; charset=utf-8')
  @Header('cache-control', CACHED)
  script(): string {
    return this.#script;
  }

  @Get('icon.svg')
  @Header('content-type', 'image/svg+xml')
  @Header('cache-control', CACHED)
  icon(): string {
    return this.#icon;
  }

  @Get('*')
  none(): never {
    throw new PageNotFound();
  }
}

function read(name: string): string {
  return readFileSync(new URL(`../../../admin-ui/assets/${name}`, import.meta.url), 'utf8');
}
