import { userView } from '../../admin/api/users.view.js';
import type { App } from '../../apps/app.model.js';
import type { StoredUser } from '../../users/users.service.js';
import { chosenApp } from '../chosen-app.js';
import { recordInApp } from '../audit/record.js';
import { json } from '../json.js';
import { withServices, type Services } from '../services.js';
import { printable } from '../table.js';
import type { Terminal } from '../terminal.js';
import { getUser, nameOf } from './find.js';
import { describeUser, usersTable } from './text.js';

export interface Options {
  app?: string;
  json?: boolean;
}

export interface ListOptions extends Options {
  status?: 'enabled' | 'disabled';
  provider?: string;
  limit: number;
  all?: boolean;
}

type Act = (services: Services, app: App, user: StoredUser) => Promise<void>;

/** What is done, and the words for it once it is. */
const CHANGES = {
  disable: ['is disabled', ({ accounts }, app, user) => accounts.disable(app, user._id)],
  enable: ['is enabled', ({ accounts }, app, user) => accounts.enable(app, user._id)],
  revoke: ['is logged out everywhere', ({ accounts }, app, user) => accounts.revokeSessions(app, user._id)],
  delete: ['was deleted', ({ accounts }, app, user) => accounts.delete(app, user._id)],
} satisfies Record<string, [string, Act]>;

export type UserChange = keyof typeof CHANGES;

export async function listUsers(search: string | undefined, options: ListOptions, terminal: Terminal): Promise<void> {
  await withServices(terminal.env, async (services) => {
    const app = await chosenApp(services, options.app);
    const { status, provider } = options;
    const limit = options.all ? Number.POSITIVE_INFINITY : options.limit;
    const wanted = {
      search,
      disabled: status === undefined ? undefined : status === 'disabled',
      providerTypes: provider === undefined ? undefined : [provider],
    };
    const found: StoredUser[] = [];
    let more = false;
    for await (const user of services.userSearch.all(app, wanted)) {
      more = found.length >= limit;
      if (more) break;
      found.push(user);
    }
    terminal.out(options.json ? json(found.map((user) => userView(app, user))) : usersTable(found));
    if (more) terminal.err(`There are more: --limit or --all shows them.\n`);
  });
}

export async function createUser(email: string, options: Options, terminal: Terminal): Promise<void> {
  const password = await terminal.newPassword();
  await withServices(terminal.env, async (services) => {
    const app = await chosenApp(services, options.app);
    const made = await services.emailUsers.create(app, { email, password });
    recordInApp(services, app, { type: 'user.create', user: made._id.toHexString() });
    terminal.out(
      options.json ? json(userView(app, made)) : `The user ${email} was made, with the id ${made._id.toHexString()}.\n`,
    );
  });
}

export async function showUser(idOrEmail: string, options: Options, terminal: Terminal): Promise<void> {
  await withServices(terminal.env, async (services) => {
    const app = await chosenApp(services, options.app);
    const user = await getUser(services, app, idOrEmail);
    const sessions = await services.sessions.listOf(app, user._id);
    terminal.out(options.json ? json(userView(app, user)) : describeUser(user, sessions));
  });
}

export async function changeUser(
  idOrEmail: string,
  options: Options,
  change: UserChange,
  terminal: Terminal,
): Promise<void> {
  const [done, act] = CHANGES[change];
  await withServices(terminal.env, async (services) => {
    const app = await chosenApp(services, options.app);
    const user = await getUser(services, app, idOrEmail);
    await act(services, app, user);
    const type = change === 'revoke' ? 'user.sessions_revoke' : `user.${change}`;
    recordInApp(services, app, { type, user: user._id.toHexString() });
    if (!options.json) return void terminal.out(`The user ${printable(nameOf(user))} ${done}.\n`);
    const gone = { _id: user._id.toHexString(), deleted: true };
    terminal.out(json(change === 'delete' ? gone : userView(app, await services.users.get(app, user._id))));
  });
}
