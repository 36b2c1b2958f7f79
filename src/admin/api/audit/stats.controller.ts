import { Get, Query } from '@nestjs/common';
import { App } from '../../../apps/app.model.js';
import { StatsService } from '../../../audit/stats.service.js';
import { Clock } from '../../../common/clock.js';
import { InvalidParameter } from '../../../errors/errors.js';
import { AdminApp, AdminController, APP_PATH } from '../../auth/admin.decorators.js';
import { dateIn, last, type RawQuery } from '../users.query.js';
import { dayView } from './audit.view.js';

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;
const MOST_DAYS = 400;

/** Counts per day (UTC), oldest first; days on which nothing happened are left out. */
@AdminController(`${APP_PATH}/stats`)
export class StatsController {
  constructor(
    private readonly stats: StatsService,
    private readonly clock: Clock,
  ) {}

  @Get()
  async daily(@AdminApp() app: App, @Query() query: RawQuery): Promise<Record<string, unknown>[]> {
    const by = last(query['by']);
    if (by !== undefined && by !== '' && by !== 'provider') throw new InvalidParameter("'by' must be provider");
    const to = dateIn(query, 'to') ?? this.clock.now();
    const from = dateIn(query, 'from') ?? new Date(to.getTime() - (DEFAULT_DAYS - 1) * DAY_MS);
    if (from > to) throw new InvalidParameter("'from' must not be after 'to'");
    if (to.getTime() - from.getTime() > MOST_DAYS * DAY_MS) {
      throw new InvalidParameter(`'from' and 'to' may be ${MOST_DAYS} days apart at most`);
    }
    const range = { from: dayIn(from), to: dayIn(to), byProvider: by === 'provider' };
    return (await this.stats.daily(app._id, range)).map(dayView);
  }
}

function dayIn(date: Date): string {
  return date.toISOString().slice(0, 10);
}
