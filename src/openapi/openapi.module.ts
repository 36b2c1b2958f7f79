import { Module } from '@nestjs/common';
import { OpenApiController } from './openapi.controller.js';
import { DocumentService } from './document.service.js';

/** The description of all routes: `/openapi.json`, and `/docs` for people. */
@Module({ controllers: [OpenApiController], providers: [DocumentService] })
export class OpenApiModule {}
