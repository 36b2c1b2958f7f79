import { ObjectId } from 'mongodb';
import type { App } from '../../src/apps/app.model.js';
import { Database } from '../../src/database/database.js';
import type { TestServer } from './create-test-server.js';

const AT_ONCE = 2_500;

/** Users `person-0@example.com` to the last, made in this order, straight into the database. @returns their ids */
export async function makeCrowd(server: TestServer, app: App, count: number): Promise<string[]> {
  const people = Array.from({ length: count }, (_, i) => {
    const _id = new ObjectId();
    const data = { email: `person-${i}@example.com`, name: `Person ${i}` };
    const identity = { id: _id.toHexString(), key: `anon-user:${_id.toHexString()}`, provider: 'anon-user' };
    return {
      _id,
      app: app._id,
      type: 'normal',
      data,
      identities: [{ ...identity, providerId: _id, data, createdAt: new Date() }],
      searchKeys: [data.email],
      epoch: 0,
      disabled: false,
      createdAt: new Date(),
    };
  });
  const users = server.get(Database).connection.db!.collection('users');
  for (let i = 0; i < count; i += AT_ONCE) await users.insertMany(people.slice(i, i + AT_ONCE));
  return people.map(({ _id }) => _id.toHexString());
}
