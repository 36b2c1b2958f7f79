import { Body, HttpStatus, Post, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { App } from '../../apps/app.model.js';
import { InvalidParameter } from '../../errors/errors.js';
import { AdminApp, AdminController, APP_PATH } from '../auth/admin.decorators.js';
import { AppImportService } from './app-import.service.js';
import { readExport } from './exported-app.js';
import { inOneLine } from './import-step.js';

const STRATEGIES = [undefined, '', 'merge', 'replace-by-name'];

/** admin-api.md sections 12 and 13. */
@AdminController(`${APP_PATH}/import`)
export class ImportController {
  constructor(private readonly imports: AppImportService) {}

  /** With `diff=true` nothing is written, and the answer says what would be. */
  @Post()
  async import(
    @AdminApp() app: App,
    @Body() body: unknown,
    @Query('strategy') strategy: unknown,
    @Query('diff') diff: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string[] | undefined> {
    if (!STRATEGIES.includes(strategy as string | undefined)) {
      throw new InvalidParameter("'strategy' must be replace-by-name or merge: an import removes nothing");
    }
    const exported = readExport(body);
    if (diff === 'true') {
      reply.status(HttpStatus.OK);
      return (await this.imports.plan(app, exported)).map(inOneLine);
    }
    await this.imports.apply(app, exported);
    reply.status(HttpStatus.NO_CONTENT);
    return undefined;
  }
}
