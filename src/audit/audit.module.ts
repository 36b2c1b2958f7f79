import { Global, Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { HookRegistry } from '../hooks/hook.registry.js';
import { AuditChain, AuditChainSchema } from './audit-chain.model.js';
import { AuditEvent, AuditEventSchema } from './audit-event.model.js';
import { AuditHook } from './audit.hook.js';
import { AuditService } from './audit.service.js';
import { ChainWriterService } from './chain-writer.service.js';
import { RetentionService } from './retention.service.js';
import { StatsService } from './stats.service.js';
import { DailyActive, DailyActiveSchema, DailyStats, DailyStatsSchema } from './stats.model.js';
import { VerifyService } from './verify.service.js';

@Global()
@Module({
  imports: [
    MongooseModule.forFeature([
      { name: AuditEvent.name, schema: AuditEventSchema },
      { name: AuditChain.name, schema: AuditChainSchema },
      { name: DailyStats.name, schema: DailyStatsSchema },
      { name: DailyActive.name, schema: DailyActiveSchema },
    ]),
  ],
  providers: [AuditService, ChainWriterService, VerifyService, RetentionService, StatsService, AuditHook],
  exports: [AuditService, VerifyService, RetentionService, StatsService],
})
export class AuditModule {
  constructor(registry: HookRegistry, hook: AuditHook) {
    registry.register(hook);
  }
}
