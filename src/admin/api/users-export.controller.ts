import { Readable } from 'node:stream';
import { Get, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { UserSearchService } from '../../accounts/user-search.service.js';
import { App } from '../../apps/app.model.js';
import type { UserQuery } from '../../users/user-list.service.js';
import { AdminApp, AdminController, APP_PATH } from '../auth/admin.decorators.js';
import { csvLine } from './csv.js';
import { last, userQueryIn, type RawQuery } from './users.query.js';
import { userView } from './users.view.js';

const COLUMNS = ['_id', 'type', 'disabled', 'creation_date', 'last_authentication_date', 'email', 'name', 'identities'];

/** A selection of users as a file, read from the store as fast as it is taken. Secrets are not in a view, so not in it. */
@AdminController(`${APP_PATH}/users/export`)
export class UsersExportController {
  constructor(private readonly search: UserSearchService) {}

  @Get()
  async export(@AdminApp() app: App, @Query() query: RawQuery, @Res() reply: FastifyReply): Promise<void> {
    const users = this.#views(app, userQueryIn(query));
    const isCsv = last(query['format']) === 'csv';
    const file = `${app.clientAppId}-users.${isCsv ? 'csv' : 'json'}`;
    await reply
      .header('content-type', isCsv ? 'text/csv; charset=utf-8' : 'application/json')
      .header('content-disposition', `attachment; filename="${file}"`)
      .send(Readable.from(isCsv ? asCsv(users) : asJson(users)));
  }

  async *#views(app: App, query: UserQuery): AsyncGenerator<Record<string, unknown>> {
    for await (const user of this.search.all(app, query)) yield userView(app, user);
  }
}

async function* asJson(users: AsyncGenerator<Record<string, unknown>>): AsyncGenerator<string> {
  let separator = '[';
  for await (const user of users) {
    yield separator + JSON.stringify(user);
    separator = ',\n';
  }
  yield separator === '[' ? '[]' : ']';
}

async function* asCsv(users: AsyncGenerator<Record<string, unknown>>): AsyncGenerator<string> {
  yield csvLine(COLUMNS);
  for await (const user of users) {
    const { email, name } = user['data'] as Record<string, string>;
    const identities = user['identities'] as { provider_type: string; id: string }[];
    const cells: Record<string, unknown> = {
      ...user,
      email,
      name,
      identities: identities.map(({ provider_type, id }) => `${provider_type}:${id}`).join(' '),
    };
    yield csvLine(COLUMNS.map((column) => cells[column]));
  }
}
