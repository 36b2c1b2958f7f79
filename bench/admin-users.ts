import { ObjectId, type Db } from 'mongodb';
import { searchKeysOf } from '../src/users/search-keys.js';
import type { User } from '../src/users/user.model.js';

const BATCH = 5_000;
/** A page of these is full in an app of a thousand users too. */
const FIRST_NAMES = ['Ada', 'Alan', 'Barbara', 'Edsger', 'Frances', 'Grace', 'John', 'Katherine', 'Ken', 'Leslie'];
/** One user in a hundred is disabled. */
const DISABLED_EACH = 100;
const FIRST_CREATED = Date.UTC(2020, 0, 1);
const APART_MS = 60_000;

const numberOf = (n: number): string => String(n).padStart(7, '0');

export const emailOf = (n: number): string => `person-${numberOf(n)}@example.com`;

export const nameOf = (n: number): string => `${FIRST_NAMES[n % FIRST_NAMES.length]} Number${numberOf(n)}`;

/** Users with an address and a name, as registrations make them; straight into the collection, whose indexes are there. */
export async function fillUsers(db: Db, app: ObjectId, count: number, say: (done: number) => void): Promise<void> {
  const providerId = new ObjectId();
  for (let n = 0; n < count; n += BATCH) {
    const users = Array.from({ length: Math.min(BATCH, count - n) }, (_, i) => userOf(app, providerId, n + i));
    await db.collection<User>('users').insertMany(users, { ordered: false });
    say(n + users.length);
  }
}

function userOf(app: ObjectId, providerId: ObjectId, n: number): User {
  const email = emailOf(n);
  const createdAt = new Date(FIRST_CREATED + n * APART_MS);
  const data = { email, name: nameOf(n) };
  const identity = {
    key: `local-userpass:${email}`,
    id: new ObjectId().toHexString(),
    provider: 'local-userpass',
    providerId,
    data,
    createdAt,
  };
  return {
    _id: new ObjectId(),
    app,
    type: 'normal',
    data,
    identities: [identity],
    searchKeys: searchKeysOf([identity]),
    epoch: 0,
    disabled: n % DISABLED_EACH === 0,
    createdAt,
    lastLoginAt: createdAt,
  };
}
