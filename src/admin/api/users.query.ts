import { ObjectId } from 'mongodb';
import { objectIdIn } from '../../common/object-id.js';
import { InvalidParameter } from '../../errors/errors.js';
import type { Selection } from '../../accounts/bulk/bulk-job.model.js';
import type { UserQuery } from '../../users/user-list.service.js';

/** The query of a request as Fastify gives it: a parameter that occurs twice is an array. */
export type RawQuery = Record<string, unknown>;

/** The page of the original; nobody gets a larger one. */
export const PAGE = 50;

/**
 * The filters of a user list: the original's, the spellings that one of its clients got wrong, and ours. Unknown parameters
 * are ignored.
 *
 * @throws InvalidParameter
 */
export function userQueryIn(query: RawQuery): UserQuery {
  return {
    after: afterIn(query),
    limit: limitIn(query['limit']),
    descending: last(query['desc'] ?? query['descending']) === 'true',
    sort: last(query['sort']),
    ...selectionIn(query),
  };
}

/** Of these, what says which users, and not which page of them. @throws InvalidParameter */
export function selectionIn(query: RawQuery): Selection {
  return {
    disabled: disabledIn(last(query['status'])),
    providerTypes: listIn(query['provider_types'] ?? query['providerTypes']),
    type: typeIn(last(query['type'])),
    createdFrom: dateIn(query, 'created_from'),
    createdTo: dateIn(query, 'created_to'),
    search: last(query['search']),
  };
}

/** Old consoles send `after` twice, a value and an id: the id is the last. @throws InvalidParameter */
export function afterIn(query: RawQuery): ObjectId | undefined {
  const after = last(query['after']);
  if (after === undefined || after === '') return undefined;
  const id = objectIdIn(after);
  if (!id) throw new InvalidParameter("'after' must be an id of 24 hex digits");
  return id;
}

/** From 1 to the page of the original; whatever is no number asks for nothing. */
export function limitIn(value: unknown, most = PAGE): number {
  const limit = Number(last(value));
  return Number.isInteger(limit) && limit > 0 ? Math.min(limit, most) : most;
}

export function last(value: unknown): string | undefined {
  const text: unknown = Array.isArray(value) ? value.at(-1) : value;
  return typeof text === 'string' ? text : undefined;
}

/** Unix seconds or ISO 8601. @throws InvalidParameter */
export function dateIn(query: RawQuery, name: string): Date | undefined {
  const text = last(query[name]);
  if (text === undefined || text === '') return undefined;
  const date = /^\d{1,11}$/.test(text) ? new Date(Number(text) * 1_000) : new Date(text);
  if (Number.isNaN(date.getTime())) throw new InvalidParameter(`'${name}' must be Unix seconds or an ISO 8601 date`);
  return date;
}

function disabledIn(status: string | undefined): boolean | undefined {
  if (status === undefined || status === '') return undefined;
  if (status !== 'enabled' && status !== 'disabled') {
    throw new InvalidParameter("'status' must be enabled or disabled");
  }
  return status === 'disabled';
}

function typeIn(type: string | undefined): UserQuery['type'] {
  if (type === undefined || type === '') return undefined;
  if (type !== 'normal' && type !== 'server') throw new InvalidParameter("'type' must be normal or server");
  return type;
}

function listIn(value: unknown): string[] | undefined {
  const given = [value].flat().flatMap((text) => (typeof text === 'string' ? text.split(',') : []));
  const named = given.map((text) => text.trim()).filter((text) => text !== '' && text.length <= 64);
  return named.length > 0 ? named.slice(0, 20) : undefined;
}
