import type { INestApplicationContext } from '@nestjs/common';
import { getConnectionToken } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { AppRemovalService } from '../accounts/app-removal.service.js';
import { AppsService } from '../apps/apps.service.js';
import { ClientAppIdInUse } from '../apps/apps.errors.js';
import { GroupsService } from '../apps/groups.service.js';
import { MasterKey } from '../crypto/sealing.js';
import { ChangeFeed } from '../database/change-feed.js';
import { ensureIndexes, migrate } from '../database/migrate.js';
import { MIGRATIONS } from '../database/migrations/index.js';
import { MailService } from '../mail/mail.service.js';
import { NewAppsService } from '../providers/new-apps.service.js';
import { PushService } from '../shared-signals/push.service.js';
import { SignalSourceService } from '../shared-signals/signal-source.service.js';
import { checkMasterKey } from './master-key-check.js';

interface SetupRecord {
  _id: string;
  doneAt: Date;
}

const DEFAULT_APP = { name: 'demo', clientAppId: 'demo-local' };

/**
 * What has to be true before the first request, in this order. Each step can be repeated, by another instance at the same
 * time too: a start that was killed in the middle is finished by the next one.
 *
 * @throws MasterKeyMismatch, MasterKeyChanging
 */
export async function firstRun(context: INestApplicationContext): Promise<void> {
  await prepareDatabase(context);
  await context.get(ChangeFeed).start();
  await createDefaultApp(context, context.get<Connection>(getConnectionToken()));
  context.get(AppRemovalService).finishInterrupted();
  context.get(MailService).start();
  context.get(SignalSourceService).start();
  context.get(PushService).start();
}

/** The steps that the command line needs too. @throws MasterKeyMismatch, MasterKeyChanging */
export async function prepareDatabase(context: INestApplicationContext): Promise<void> {
  const connection = context.get<Connection>(getConnectionToken());
  await checkMasterKey(connection, context.get(MasterKey));
  // A migration may have to make room for an index, so they come first.
  await migrate(connection, MIGRATIONS);
  await ensureIndexes(connection);
  await context.get(GroupsService).getDefaultId();
}

/** The app `demo`, once: somebody who deleted it does not find it again. Its signing key comes with it. */
async function createDefaultApp(context: INestApplicationContext, connection: Connection): Promise<void> {
  const records = connection.db!.collection<SetupRecord>('setup');
  if (await records.findOne({ _id: 'default-app' })) return;
  if ((await context.get(AppsService).list()).length === 0) {
    try {
      await context
        .get(NewAppsService)
        .create(DEFAULT_APP, [
          { type: 'anon-user' },
          { type: 'local-userpass', settings: { config: { autoConfirm: true } } },
        ]);
    } catch (error) {
      if (!(error instanceof ClientAppIdInUse)) throw error;
    }
  }
  await records.updateOne({ _id: 'default-app' }, { $set: { doneAt: new Date() } }, { upsert: true });
}
