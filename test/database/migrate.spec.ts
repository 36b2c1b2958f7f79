import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getConnectionToken } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { ensureIndexes, migrate } from '../../src/database/migrate.js';
import type { Migration } from '../../src/database/migrations/migration.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';

describe('migrations', () => {
  let server: TestServer;
  let connection: Connection;
  let ran: string[];

  const recorded = (name: string): Migration => ({
    name,
    up: async () => {
      ran.push(name);
      await new Promise((resolve) => setTimeout(resolve, 20));
    },
  });

  beforeAll(async () => {
    server = await createTestServer();
    connection = server.server.app.get<Connection>(getConnectionToken());
  });

  afterAll(() => server.stop());

  it('run once, in order, though two instances start together', async () => {
    ran = [];
    const migrations = [recorded('0001-a'), recorded('0002-b')];
    await Promise.all([migrate(connection, migrations), migrate(connection, migrations)]);
    await migrate(connection, [...migrations, recorded('0003-c')]);
    expect(ran).toEqual(['0001-a', '0002-b', '0003-c']);
  });

  it('that fail are tried again at the next start, and let go of the lock', async () => {
    ran = [];
    let broken = true;
    const migration: Migration = {
      name: '0004-d',
      up: async () => {
        if (broken) throw new Error('no');
        ran.push('0004-d');
      },
    };
    await expect(migrate(connection, [migration])).rejects.toThrow('no');
    broken = false;
    expect(await migrate(connection, [migration])).toEqual(['0004-d']);
    expect(ran).toEqual(['0004-d']);
  });
});

describe('indexes', () => {
  it('of every model exist after the first run, and a second run finds nothing to do', async () => {
    const server = await createTestServer();
    try {
      const connection = server.server.app.get<Connection>(getConnectionToken());
      await ensureIndexes(connection);
      for (const model of Object.values(connection.models)) {
        const stored = await model.collection.listIndexes().toArray();
        const declared = model.schema.indexes().map(([key]) => JSON.stringify(key));
        expect(stored.map(({ key }) => JSON.stringify(key))).toEqual(expect.arrayContaining(declared));
      }
    } finally {
      await server.stop();
    }
  });
});
