import { Injectable } from '@nestjs/common';
import { ObjectId } from 'mongodb';
import type { App } from '../apps/app.model.js';
import { InvalidParameter } from '../errors/errors.js';
import { LatchkeyError } from '../errors/latchkey-error.js';
import { UserNotFound } from '../users/users.errors.js';
import { AccountsService } from './accounts.service.js';

export const BULK_ACTIONS = ['enable', 'disable', 'logout', 'delete'] as const;

export type BulkAction = (typeof BULK_ACTIONS)[number];

/** What became of one user. */
export interface BulkResult {
  id: string;
  error?: LatchkeyError;
}

const MOST_AT_ONCE = 500;
const OBJECT_ID = /^[0-9a-f]{24}$/i;

/** The same action on many users: each on its own, so that one that fails stops no other. */
@Injectable()
export class BulkService {
  constructor(private readonly accounts: AccountsService) {}

  /** @throws InvalidParameter for too many, and what is not about one user (the database is away) */
  async run(app: App, action: BulkAction, ids: readonly string[]): Promise<BulkResult[]> {
    if (ids.length > MOST_AT_ONCE) throw new InvalidParameter(`'ids' may hold at most ${MOST_AT_ONCE} users`);
    const results: BulkResult[] = [];
    for (const id of new Set(ids)) results.push(await this.#runOne(app, action, id));
    return results;
  }

  async #runOne(app: App, action: BulkAction, id: string): Promise<BulkResult> {
    try {
      if (!OBJECT_ID.test(id)) throw new UserNotFound();
      await this.#act(app, action, ObjectId.createFromHexString(id));
      return { id };
    } catch (error) {
      if (error instanceof LatchkeyError) return { id, error };
      throw error;
    }
  }

  #act(app: App, action: BulkAction, id: ObjectId): Promise<void> {
    if (action === 'logout') return this.accounts.revokeSessions(app, id);
    return this.accounts[action](app, id);
  }
}
