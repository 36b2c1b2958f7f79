import { Get, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { RANGES, Statistics } from '../../../admin-ui/views/statistics.js';
import { App } from '../../apps/app.model.js';
import { StatsService } from '../../audit/stats.service.js';
import { Clock } from '../../common/clock.js';
import { last, type RawQuery } from '../api/users.query.js';
import { AdminApp, type AdminRequest } from '../auth/admin.decorators.js';
import { AppPage } from './console-page.js';
import { Pages } from './pages.service.js';

const DAY_MS = 86_400_000;

/** What was counted, day by day. */
@AppPage('statistics')
export class StatisticsPage {
  constructor(
    private readonly pages: Pages,
    private readonly stats: StatsService,
    private readonly clock: Clock,
  ) {}

  @Get()
  async show(
    @AdminApp() app: App,
    @Query() query: RawQuery,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const range = RANGES.find((one) => String(one) === last(query['days'])) ?? RANGES[0];
    const byProvider = last(query['by']) === 'provider';
    const now = this.clock.now().getTime();
    const days = Array.from({ length: range }, (_, i) => dayOf(now - (range - 1 - i) * DAY_MS));
    const records = await this.stats.daily(app._id, { from: days[0]!, to: days.at(-1)!, byProvider });
    const path = `${this.pages.pathOf(app)}/statistics`;
    const page = { path, range, byProvider, days, records };
    await this.pages.show(request, reply, (frame) => Statistics({ frame, ...page }));
  }
}

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
