import { Injectable } from '@nestjs/common';
import type { App } from '../../apps/app.model.js';
import { objectIdIn } from '../../common/object-id.js';
import { InvalidParameter } from '../../errors/errors.js';
import { LatchkeyError } from '../../errors/latchkey-error.js';
import { UserNotFound } from '../../users/users.errors.js';
import { AccountsService } from '../accounts.service.js';

export const BULK_ACTIONS = ['enable', 'disable', 'logout', 'delete'] as const;

export type BulkAction = (typeof BULK_ACTIONS)[number];

/** What became of one user. */
export interface BulkResult {
  id: string;
  error?: LatchkeyError;
}

const MOST_AT_ONCE = 500;

/** The same action on many users: one that fails stops no other. */
@Injectable()
export class BulkService {
  constructor(private readonly accounts: AccountsService) {}

  /**
   * @returns one result for each user, in the order of `ids`
   * @throws InvalidParameter for too many, and what is not about one user (the database is away)
   */
  async run(app: App, action: BulkAction, ids: readonly string[]): Promise<BulkResult[]> {
    if (ids.length > MOST_AT_ONCE) throw new InvalidParameter(`'ids' may hold at most ${MOST_AT_ONCE} users`);
    const each = [...new Set(ids)];
    if (action !== 'delete') return this.#change(app, action, each);
    const results: BulkResult[] = [];
    for (const id of each) results.push(await this.#delete(app, id));
    return results;
  }

  async #change(app: App, action: Exclude<BulkAction, 'delete'>, ids: string[]): Promise<BulkResult[]> {
    const possible = ids.flatMap((id) => objectIdIn(id) ?? []);
    const found = await this.accounts.changeMany(app, possible, action);
    return ids.map((id) => (found.has(id.toLowerCase()) ? { id } : { id, error: new UserNotFound() }));
  }

  async #delete(app: App, id: string): Promise<BulkResult> {
    try {
      const user = objectIdIn(id);
      if (!user) throw new UserNotFound();
      await this.accounts.delete(app, user);
      return { id };
    } catch (error) {
      if (error instanceof LatchkeyError) return { id, error };
      throw error;
    }
  }
}
