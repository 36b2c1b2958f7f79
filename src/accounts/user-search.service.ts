import { Injectable } from '@nestjs/common';
import { ObjectId } from 'mongodb';
import type { App } from '../apps/app.model.js';
import { objectIdIn } from '../common/object-id.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { UserListService, type UserQuery } from '../users/user-list.service.js';
import type { StoredUser } from '../users/users.service.js';
import { MergeService } from './merge/merge.service.js';

const EXPORT_PAGE = 200;

/** Lists users as administrators look for them: a device finds its users too, and an id that was merged the one that is left. */
@Injectable()
export class UserSearchService {
  constructor(
    private readonly users: UserListService,
    private readonly sessions: SessionsService,
    private readonly merges: MergeService,
  ) {}

  async list(app: App, query: UserQuery): Promise<StoredUser[]> {
    return this.users.list(app, await this.#withOthers(app, query));
  }

  /** All of a selection, read page by page as it is taken. */
  async *all(app: App, query: Omit<UserQuery, 'limit'>): AsyncGenerator<StoredUser> {
    const whole = await this.#withOthers(app, { ...query, limit: EXPORT_PAGE });
    let { after } = whole;
    for (;;) {
      const page = await this.users.list(app, { ...whole, after });
      yield* page;
      after = page.at(-1)?._id;
      if (page.length < EXPORT_PAGE) return;
    }
  }

  /** The ids of a selection, in no order, `batch` at a time. */
  async *ids(app: App, query: Omit<UserQuery, 'limit'>, batch: number): AsyncGenerator<ObjectId[]> {
    yield* this.users.ids(app, await this.#withOthers(app, { ...query, limit: 0 }), batch);
  }

  /** How many there are, as far as that is known at a glance. @returns at most `most` and one */
  async countUpTo(app: App, query: Omit<UserQuery, 'limit'>, most: number): Promise<number> {
    let count = 0;
    const whole = await this.#withOthers(app, { ...query, limit: most + 1 });
    for await (const ids of this.users.ids(app, whole, most + 1)) count += ids.length;
    return count;
  }

  async #withOthers(app: App, query: UserQuery): Promise<UserQuery> {
    const id = objectIdIn(query.search?.trim());
    if (!id) return query;
    const survivor = await this.merges.findSurvivor(app, id);
    return { ...query, alsoIds: [...(await this.sessions.usersOf(app, id)), ...(survivor ? [survivor] : [])] };
  }
}
