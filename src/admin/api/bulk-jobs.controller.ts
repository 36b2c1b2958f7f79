import { Body, Delete, Get, HttpCode, Param, Post, Req } from '@nestjs/common';
import { ObjectId } from 'mongodb';
import { BulkJobsService } from '../../accounts/bulk/bulk-jobs.service.js';
import { App } from '../../apps/app.model.js';
import { objectIdIn } from '../../common/object-id.js';
import { InvalidParameter } from '../../errors/errors.js';
import { ClientAddress } from '../../http/client-address.js';
import type { AdminCaller } from '../auth/admin-caller.js';
import {
  AdminApp,
  AdminController,
  APP_PATH,
  CurrentAdmin,
  RequiresToWrite,
  type AdminRequest,
} from '../auth/admin.decorators.js';
import { bulkJobView } from './bulk-jobs.view.js';
import { ObjectIdPipe } from './object-id.pipe.js';
import { BulkJobDto } from './users.dto.js';
import { selectionIn } from './users.query.js';

/** The same action on more users than a request waits for (`users/bulk`), as a job that can be looked at and stopped. */
@AdminController(`${APP_PATH}/users/bulk_jobs`)
@RequiresToWrite('GROUP_SUPPORT')
export class BulkJobsController {
  constructor(
    private readonly jobs: BulkJobsService,
    private readonly addresses: ClientAddress,
  ) {}

  @Get()
  async list(@AdminApp() app: App): Promise<Record<string, unknown>[]> {
    return (await this.jobs.list(app)).map(bulkJobView);
  }

  /** On these `ids`, or on all whom `filter` finds now: the parameters of the list of users. */
  @Post()
  @HttpCode(202)
  async start(
    @AdminApp() app: App,
    @CurrentAdmin() caller: AdminCaller,
    @Body() { action, ids, filter }: BulkJobDto,
    @Req() request: AdminRequest,
  ): Promise<Record<string, unknown>> {
    if ((ids === undefined) === (filter === undefined)) {
      throw new InvalidParameter("either 'ids' or 'filter' is required");
    }
    const whom = ids ? { ids: ids.map(idIn) } : { selection: selectionIn(filter!) };
    const by = { actor: caller.actor, ip: this.addresses.of(request), userAgent: request.headers['user-agent'] };
    return bulkJobView(await this.jobs.start(app, action, whom, by));
  }

  @Get(':jobId')
  async get(@AdminApp() app: App, @Param('jobId', ObjectIdPipe) id: ObjectId): Promise<Record<string, unknown>> {
    return bulkJobView(await this.jobs.get(app, id));
  }

  /** Stops it; what was done stays done. */
  @Delete(':jobId')
  @HttpCode(204)
  async stop(@AdminApp() app: App, @Param('jobId', ObjectIdPipe) id: ObjectId): Promise<void> {
    await this.jobs.stop(app, id);
  }
}

function idIn(text: string): ObjectId {
  const id = objectIdIn(text);
  if (!id) throw new InvalidParameter("'ids' must be ids of 24 hex digits");
  return id;
}
