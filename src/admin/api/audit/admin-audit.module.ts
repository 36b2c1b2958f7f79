import { Module } from '@nestjs/common';
import { AdminAudit } from './admin-audit.js';
import { AuditAnswer } from './audit-answer.js';
import { AuditController, GroupAuditController } from './audit.controller.js';
import { LogsController } from './logs.controller.js';
import { StatsController } from './stats.controller.js';

/** The audit trail of administrators' requests, and the routes that show trails and counts. */
@Module({
  controllers: [AuditController, GroupAuditController, LogsController, StatsController],
  providers: [AdminAudit, AuditAnswer],
})
export class AdminAuditModule {}
