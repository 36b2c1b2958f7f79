import type { UserFilters } from '../../../admin-ui/views/users/list.js';
import { last, type RawQuery } from '../api/users.query.js';

/** As they stand in the form above the list of users. */
export function filtersIn(query: RawQuery): UserFilters {
  const text = (name: string): string => last(query[name]) ?? '';
  return {
    search: text('search'),
    provider_types: text('provider_types'),
    status: text('status'),
    type: text('type'),
    created_from: text('created_from'),
    created_to: text('created_to'),
  };
}

/** The same as the Admin API has them: whoever chooses a day means the whole of it. */
export function queryOf(query: RawQuery): RawQuery {
  const createdTo = last(query['created_to']);
  const isDay = createdTo !== undefined && /^\d{4}-\d\d-\d\d$/.test(createdTo);
  return { ...query, created_to: isDay ? `${createdTo}T23:59:59.999Z` : createdTo };
}
