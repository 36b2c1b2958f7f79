import type { ObjectId } from 'mongodb';
import { AdministratorsService } from '../../src/admin/auth/administrators.service.js';
import type { Role } from '../../src/admin/auth/roles.js';
import type { App } from '../../src/apps/app.model.js';
import { GroupsService } from '../../src/apps/groups.service.js';
import { Database } from '../../src/database/database.js';
import { ApiClient, type Answer, type RequestOptions } from './client.js';
import type { TestServer } from './create-test-server.js';

export const ADMIN_PATH = '/api/admin/v3.0';

export interface AdminAccount {
  id: string;
  email: string;
  password: string;
  groupId: ObjectId;
}

let count = 0;

/** The Admin API as one administrator sees it. Paths are those below `/api/admin/v3.0`. */
export class AdminClient {
  readonly #http: ApiClient;

  constructor(
    baseUrl: string,
    readonly account: AdminAccount,
    public accessToken: string | undefined,
    public refreshToken: string | undefined,
  ) {
    this.#http = new ApiClient(baseUrl, '');
  }

  /** `/groups/{groupId}` */
  get group(): string {
    return `/groups/${this.account.groupId.toHexString()}`;
  }

  /** `/groups/{groupId}/apps/{appId}` */
  app(app: App): string {
    return `${this.group}/apps/${app._id.toHexString()}`;
  }

  get(path: string, options?: RequestOptions): Promise<Answer> {
    return this.request('GET', path, options);
  }

  post(path: string, body?: unknown, options: RequestOptions = {}): Promise<Answer> {
    return this.request('POST', path, { body, ...options });
  }

  put(path: string, body?: unknown, options: RequestOptions = {}): Promise<Answer> {
    return this.request('PUT', path, { body, ...options });
  }

  patch(path: string, body?: unknown, options: RequestOptions = {}): Promise<Answer> {
    return this.request('PATCH', path, { body, ...options });
  }

  delete(path: string, options?: RequestOptions): Promise<Answer> {
    return this.request('DELETE', path, options);
  }

  request(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
    return this.#http.request(method, ADMIN_PATH + path, { token: this.accessToken, ...options });
  }

  login(way: string, body: unknown, options: RequestOptions = {}): Promise<Answer> {
    return this.post(`/auth/providers/${way}/login`, body, { token: undefined, ...options });
  }
}

/** Somebody who is not logged in. */
export function nobody(server: TestServer, groupId: ObjectId): AdminClient {
  return new AdminClient(server.baseUrl, { id: '', email: '', password: '', groupId }, undefined, undefined);
}

/** An administrator who has one role in one group, the default group unless said otherwise, and is logged in. */
export async function makeAdmin(
  server: TestServer,
  role: Role = 'GROUP_OWNER',
  wanted: { groupId?: ObjectId; email?: string; password?: string } = {},
): Promise<AdminClient> {
  count += 1;
  const groupId = wanted.groupId ?? (await server.get(GroupsService).getDefaultId());
  const { email = `admin${count}@example.com`, password = 'admin password' } = wanted;
  const administrators = server.get(AdministratorsService);
  const made = await administrators.prepare({ email, password }, [{ groupId, role }]);
  await server.get(Database).transaction((transaction) => administrators.insert(made, transaction));
  const account = { id: made._id.toHexString(), email, password, groupId };
  const admin = new AdminClient(server.baseUrl, account, undefined, undefined);
  const { status, text, body } = await admin.login('local-userpass', { username: email, password });
  if (status !== 200) throw new Error(`admin login: ${status} ${text}`);
  admin.accessToken = body.access_token;
  admin.refreshToken = body.refresh_token;
  return admin;
}

/** A group that nobody else's tests have a role in. */
export async function makeGroup(server: TestServer): Promise<ObjectId> {
  return (await server.get(GroupsService).create('test'))._id;
}
