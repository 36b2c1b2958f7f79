import type { VNode } from 'preact';
import { Events, type EventRow } from '../components/events.js';
import { Select, TextInput } from '../components/inputs.js';
import { Problem } from '../components/message.js';
import type { Frame } from '../frame.js';
import { Console } from '../layouts/console.js';
import { queryOf } from '../query.js';
import { t } from '../strings.js';

/** As they stand in the query; empty where nothing is asked for. */
export interface AuditFilters {
  type: string;
  user_id: string;
  actor: string;
  outcome: string;
}

interface Props {
  frame: Frame;
  path: string;
  /** Of the same trail in the Admin API. */
  apiPath: string;
  /** Of the group whose trail it is; absent for an app's. */
  group?: string;
  events: EventRow[];
  filters: AuditFilters;
  paged: boolean;
  nextAfter: string | undefined;
  problem: string | undefined;
}

/** A trail, newest first. */
export function Audit({ frame, path, apiPath, group, events, filters, paged, nextAfter, problem }: Props): VNode {
  const title = group === undefined ? t.sections.audit : t.audit.groupTitle(group);
  const { outcome: _outcome, ...exported } = filters;
  return (
    <Console frame={frame} title={title} section={group === undefined ? 'audit' : 'administrators'}>
      <p>{group === undefined ? t.audit.intro : t.audit.groupIntro}</p>
      <form class="filters" role="search" action={path}>
        <TextInput name="type" label={t.audit.type} value={filters.type} />
        <TextInput name="user_id" label={t.audit.user} value={filters.user_id} />
        <TextInput name="actor" label={t.audit.actor} value={filters.actor} />
        <Select
          name="outcome"
          label={t.audit.outcome}
          value={filters.outcome}
          options={[
            ['', t.audit.any],
            ['success', t.audit.success],
            ['failure', t.audit.failure],
          ]}
        />
        <div class="actions">
          <button type="submit">{t.audit.apply}</button>
          <a class="button quiet" href={path}>
            {t.audit.clear}
          </a>
        </div>
      </form>
      <Problem text={problem} />
      {events.length === 0 ? (
        <p class="empty" role="status">
          {t.audit.empty}
        </p>
      ) : (
        <Events frame={frame} label={title} events={events} />
      )}
      <nav class="pager" aria-label={t.frame.pages}>
        {paged && <a href={path + queryOf(filters)}>{t.audit.newest}</a>}
        {nextAfter !== undefined && (
          <a rel="next" href={path + queryOf({ ...filters, after: nextAfter })}>
            {t.audit.older}
          </a>
        )}
        <a class="export" href={apiPath + queryOf({ ...exported, format: 'csv' })}>
          {t.audit.csv}
        </a>
      </nav>
    </Console>
  );
}
