import { expect, it } from '@jest/globals';
import { getConnectionToken } from '@nestjs/mongoose';
import { ObjectId } from 'mongodb';
import type { Connection } from 'mongoose';
import { AppsService } from '../../src/apps/apps.service.js';
import { firstRun } from '../../src/setup/first-run.js';
import { createTestServer } from '../support/create-test-server.js';
import { waitUntil } from '../support/wait.js';

it('what was left of a deleted app when the server was killed goes at the next start', async () => {
  const server = await createTestServer();
  try {
    const app = await server.make.app();
    const other = await server.make.app();
    await server.client(app).enterAnonymously();
    const survivor = await server.client(other).enterAnonymously();
    // As the transaction of a deletion leaves it: the app is gone, what belonged to it is not.
    const { db } = server.server.app.get<Connection>(getConnectionToken());
    await db!.collection('apps').deleteOne({ _id: app._id });
    await db!.collection<{ _id: ObjectId }>('app_removals').insertOne({ _id: app._id });
    server.get(AppsService).forget();

    await firstRun(server.server.app);

    await waitUntil(async () => (await db!.collection('app_removals').countDocuments()) === 0);
    for (const name of ['users', 'sessions', 'signing_keys', 'provider_configs']) {
      expect(await db!.collection(name).countDocuments({ app: app._id })).toBe(0);
    }
    expect((await server.client(other).profile(survivor.accessToken)).status).toBe(200);
  } finally {
    await server.stop();
  }
});
