import { Get } from '@nestjs/common';
import { AdminController, Requires } from '../../auth/admin.decorators.js';
import { seconds } from '../admin-account.view.js';
import { SystemService } from './system.service.js';

/** The server as a whole, for whoever may change something in a group of it. */
@AdminController('system')
export class SystemController {
  constructor(private readonly system: SystemService) {}

  @Get()
  @Requires('GROUP_ADMIN')
  async describe(): Promise<Record<string, unknown>> {
    const { version, node, startedAt, store, counts, warnings } = await this.system.describe();
    const { kind, database, writable, dataBytes, storageBytes, disk } = store;
    return {
      version,
      node,
      started: seconds(startedAt),
      store: {
        kind,
        database,
        writable,
        data_bytes: dataBytes,
        storage_bytes: storageBytes,
        ...(disk ? { disk_free_bytes: disk.freeBytes, disk_total_bytes: disk.totalBytes } : {}),
      },
      counts,
      warnings,
    };
  }
}
