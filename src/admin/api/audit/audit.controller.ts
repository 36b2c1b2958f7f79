import { Get, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { ObjectId } from 'mongodb';
import { App } from '../../../apps/app.model.js';
import { AdminApp, AdminController, APP_PATH, CurrentGroup } from '../../auth/admin.decorators.js';
import type { RawQuery } from '../users.query.js';
import { AuditAnswer } from './audit-answer.js';

/** The audit trail of an app. */
@AdminController(`${APP_PATH}/audit`)
export class AuditController {
  constructor(private readonly answer: AuditAnswer) {}

  @Get()
  async list(@AdminApp() app: App, @Query() query: RawQuery, @Res() reply: FastifyReply): Promise<void> {
    await this.answer.send(app._id, query, app.clientAppId, reply);
  }
}

/** What belongs to no app: administrators, their logins and keys, apps as a whole. */
@AdminController('groups/:groupId/audit')
export class GroupAuditController {
  constructor(private readonly answer: AuditAnswer) {}

  @Get()
  async list(@CurrentGroup() group: ObjectId, @Query() query: RawQuery, @Res() reply: FastifyReply): Promise<void> {
    await this.answer.send(group, query, group.toHexString(), reply);
  }
}
