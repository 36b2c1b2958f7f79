import type { VNode } from 'preact';
import { Form } from '../../components/forms.js';
import { Problem } from '../../components/message.js';
import { Badge, cut, Foreign, Time } from '../../components/text.js';
import type { AppLink, Frame } from '../../frame.js';
import { Console } from '../../layouts/console.js';
import { queryOf } from '../../query.js';
import { t } from '../../strings.js';

export interface UserRow {
  id: string;
  name: string;
  path: string;
  providers: string[];
  disabled: boolean;
  type: 'normal' | 'server';
  createdAt: Date;
  lastLoginAt: Date | undefined;
}

/** As they stand in the query; empty where nothing is asked for. */
export interface UserFilters {
  search: string;
  provider_types: string;
  status: string;
  type: string;
  created_from: string;
  created_to: string;
}

interface Props {
  frame: Frame;
  app: AppLink;
  users: UserRow[];
  filters: UserFilters;
  providers: string[];
  /** Not at the beginning of the list. */
  paged: boolean;
  nextAfter: string | undefined;
  problem?: string | undefined;
}

export function UserList(props: Props): VNode {
  const { frame, app, users, filters, paged, nextAfter, problem } = props;
  const path = `${app.path}/users`;
  const filtered = Object.values(filters).some((value) => value !== '');
  const create = frame.can.support && (
    <a class="button primary" href={`${path}/new`}>
      {t.users.new}
    </a>
  );
  return (
    <Console frame={frame} title={t.users.title} section="users" actions={create}>
      <Filters {...props} path={path} />
      <Problem text={problem} />
      {users.length === 0 ? (
        <p class="empty" role="status">
          {filtered || paged ? t.users.nobody : t.users.empty}
        </p>
      ) : (
        <Selection {...props} path={path} />
      )}
      <nav class="pager" aria-label="Pages">
        {paged && <a href={path + queryOf(filters)}>{t.users.first}</a>}
        {nextAfter !== undefined && (
          <a rel="next" href={path + queryOf({ ...filters, after: nextAfter })}>
            {t.users.next}
          </a>
        )}
        <span class="export">
          {t.users.exportAs}{' '}
          {['csv', 'json'].map((format) => (
            <a key={format} href={`${app.apiPath}/users/export${queryOf({ ...filters, desc: 'true', format })}`}>
              {format.toUpperCase()}
            </a>
          ))}
        </span>
      </nav>
    </Console>
  );
}

function Filters({ filters, providers, path }: Props & { path: string }): VNode {
  return (
    <form class="filters" role="search" action={path}>
      <p class="field grow">
        <label for="search">{t.users.search}</label>
        <input type="search" id="search" name="search" value={filters.search} placeholder={t.users.searchHelp} />
      </p>
      <Choice name="provider_types" label={t.users.provider} value={filters.provider_types} options={providers} />
      <Choice name="status" label={t.users.state} value={filters.status} options={['enabled', 'disabled']} />
      <Choice
        name="type"
        label={t.users.type}
        value={filters.type}
        options={['normal', 'server']}
        labels={{ normal: t.users.normal, server: t.users.server }}
      />
      <p class="field">
        <label for="created_from">{t.users.from}</label>
        <input type="date" id="created_from" name="created_from" value={filters.created_from} />
      </p>
      <p class="field">
        <label for="created_to">{t.users.to}</label>
        <input type="date" id="created_to" name="created_to" value={filters.created_to} />
      </p>
      <div class="actions">
        <button type="submit">{t.users.apply}</button>
        <a class="button quiet" href={path}>
          {t.users.clear}
        </a>
      </div>
    </form>
  );
}

interface ChoiceProps {
  name: string;
  label: string;
  value: string;
  options: string[];
  labels?: Record<string, string>;
}

function Choice({ name, label, value, options, labels = {} }: ChoiceProps): VNode {
  return (
    <p class="field">
      <label for={name}>{label}</label>
      <select id={name} name={name}>
        <option value="">{t.users.any}</option>
        {options.map((option) => (
          <option key={option} value={option} selected={option === value}>
            {labels[option] ?? option}
          </option>
        ))}
      </select>
    </p>
  );
}

const BULK = ['logout', 'disable', 'enable', 'delete'] as const;

function Selection({ frame, users, filters, path }: Props & { path: string }): VNode {
  const { support } = frame.can;
  const table = (
    <div class="scroll" tabIndex={0} role="region" aria-label={t.users.table}>
      <table>
        <thead>
          <tr>
            {support && <td />}
            <th scope="col">{t.users.user}</th>
            <th scope="col">{t.users.state}</th>
            <th scope="col">{t.users.identities}</th>
            <th scope="col">{t.users.created}</th>
            <th scope="col">{t.users.lastLogin}</th>
          </tr>
        </thead>
        <tbody>
          {users.map((user) => (
            <Row key={user.id} frame={frame} user={user} />
          ))}
        </tbody>
      </table>
    </div>
  );
  if (!support) return table;
  return (
    <>
      <Form frame={frame} action={`${path}/bulk`}>
        {table}
        <div class="actions">
          <span>{t.users.withSelected}</span>
          <Actions />
        </div>
      </Form>
      <All frame={frame} filters={filters} path={path} />
    </>
  );
}

/** Put away, so that nobody means the page and takes them all. */
function All({ frame, filters, path }: { frame: Frame; filters: UserFilters; path: string }): VNode {
  const asked = Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== ''));
  return (
    <details class="all">
      <summary>{Object.keys(asked).length === 0 ? t.users.withEverybody : t.users.withAll}</summary>
      <Form frame={frame} action={`${path}/bulk/all`} fields={asked}>
        <div class="actions">
          <Actions />
          <a href={`${path}/jobs`}>{t.users.jobs}</a>
        </div>
      </Form>
    </details>
  );
}

function Actions(): VNode {
  return (
    <>
      {BULK.map((action) => (
        <button
          key={action}
          type="submit"
          name="action"
          value={action}
          class={action === 'delete' ? 'danger' : 'plain'}
        >
          {t.users.bulk[action]}
        </button>
      ))}
    </>
  );
}

function Row({ frame, user }: { frame: Frame; user: UserRow }): VNode {
  return (
    <tr>
      {frame.can.support && (
        <td>
          <input type="checkbox" name={`id:${user.id}`} value="on" aria-label={t.users.select(cut(user.name))} />
        </td>
      )}
      <td>
        <a href={user.path}>
          <Foreign text={user.name} />
        </a>
        {user.type === 'server' && <Badge kind="plain">{t.users.server}</Badge>}
      </td>
      <td>
        <Badge kind={user.disabled ? 'bad' : 'good'}>{user.disabled ? t.users.disabled : t.users.enabled}</Badge>
      </td>
      <td>
        {user.providers.map((provider) => (
          <Badge key={provider} kind="plain">
            {provider}
          </Badge>
        ))}
      </td>
      <td>
        <Time at={user.createdAt} now={frame.now} />
      </td>
      <td>
        <Time at={user.lastLoginAt} now={frame.now} />
      </td>
    </tr>
  );
}
