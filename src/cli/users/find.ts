import type { App } from '../../apps/app.model.js';
import { objectIdIn } from '../../common/object-id.js';
import { identityKey } from '../../identities/identities.service.js';
import { normaliseEmail } from '../../users/email.js';
import type { StoredUser } from '../../users/users.service.js';
import type { Services } from '../services.js';

/** @throws words that name the app: a user of another one is not found */
export async function getUser({ users }: Services, app: App, idOrEmail: string): Promise<StoredUser> {
  const id = objectIdIn(idOrEmail);
  const found = id
    ? await users.find(app, id)
    : await users.findByIdentity(app, identityKey('local-userpass', normaliseEmail(idOrEmail)));
  if (!found) throw new Error(`the app ${app.clientAppId} has no user '${idOrEmail}'`);
  return found;
}

/** What people call a user, or else its id. */
export function nameOf({ _id, data }: StoredUser): string {
  return data['email'] ?? data['name'] ?? _id.toHexString();
}
