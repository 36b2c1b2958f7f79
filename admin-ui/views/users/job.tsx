import type { VNode } from 'preact';
import { Action } from '../../components/forms.js';
import { Table } from '../../components/table.js';
import { Badge, Foreign, Time } from '../../components/text.js';
import type { Frame } from '../../frame.js';
import { Console } from '../../layouts/console.js';
import { t } from '../../strings.js';

export interface JobRow {
  path: string;
  action: keyof typeof t.users.bulk;
  state: keyof typeof t.jobs.states;
  total: number;
  handled: number;
  failed: number;
  by: string;
  createdAt: Date;
  finishedAt: Date | undefined;
}

interface Props {
  frame: Frame;
  job: JobRow;
  /** The list of users. */
  users: string;
  /** The first of them. */
  failures: { id: string; code: string; message: string }[];
}

/**
 * How far an action on many users is. Where there is script, it asks for the page again and puts what has changed in place;
 * else the browser loads it anew, for as long as the job goes on.
 */
export function BulkJobPage({ frame, job, users, failures }: Props): VNode {
  const { path, action, total, handled, failed, by, createdAt, finishedAt } = job;
  const goesOn = isUnfinished(job);
  const refresh = goesOn && (
    <noscript>
      <meta http-equiv="refresh" content="3" />
    </noscript>
  );
  return (
    <Console frame={frame} title={t.users.bulk[action]} section="users" head={refresh}>
      <div class="card narrow" data-live={goesOn ? 'on' : undefined} id="live">
        <div id="job-progress">
          <progress aria-label={t.jobs.progress} max={Math.max(total, 1)} value={barOf(job)} />
          <p>{t.jobs.handled(handled, total)}</p>
        </div>
        {/* In steps of a tenth: nobody wants to hear each. */}
        <p id="job-status" role="status">
          {t.jobs.status(job.state, Math.floor((10 * handled) / Math.max(total, 1)) * 10)}
        </p>
        <dl id="job-facts">
          <dt>{t.jobs.done}</dt>
          <dd>{(handled - failed).toLocaleString('en')}</dd>
          <dt>{t.jobs.failed}</dt>
          <dd>{failed.toLocaleString('en')}</dd>
          <dt>{t.jobs.by}</dt>
          <dd>
            <Foreign text={by} />
          </dd>
          <dt>{t.jobs.created}</dt>
          <dd>
            <Time at={createdAt} now={frame.now} />
          </dd>
          {finishedAt && (
            <>
              <dt>{t.jobs.finished}</dt>
              <dd>
                <Time at={finishedAt} now={frame.now} />
              </dd>
            </>
          )}
        </dl>
        <div id="job-stop" class="below">
          {goesOn && frame.can.support && (
            <Action frame={frame} action={`${path}/stop`} label={t.jobs.stop} kind="danger" />
          )}
        </div>
      </div>
      <div id="job-failures">
        {failures.length > 0 && <Failures users={users} failures={failures} failed={failed} />}
      </div>
      <p>
        <span id="job-note">{goesOn && `${t.jobs.goesOn} `}</span>
        <a href={users}>{t.users.title}</a> · <a href={`${users}/jobs`}>{t.jobs.title}</a>
      </p>
    </Console>
  );
}

export function isUnfinished({ state }: JobRow): boolean {
  return state === 'collecting' || state === 'running';
}

export function StateBadge({ job }: { job: JobRow }): VNode {
  const { state, failed } = job;
  const kind = isUnfinished(job) ? 'plain' : state === 'done' && failed === 0 ? 'good' : 'bad';
  return <Badge kind={kind}>{t.jobs.states[state]}</Badge>;
}

/** A job about nobody is done as well. */
function barOf({ state, total, handled }: JobRow): number {
  return total === 0 && state === 'done' ? 1 : handled;
}

function Failures({ users, failures, failed }: Pick<Props, 'users' | 'failures'> & { failed: number }): VNode {
  return (
    <>
      <h2>{t.jobs.failures}</h2>
      {failed > failures.length && <p>{t.jobs.firstFailures(failures.length)}</p>}
      <Table label={t.jobs.failures} columns={[t.users.user, t.jobs.why]}>
        {failures.map(({ id, message }) => (
          <tr key={id}>
            <td>
              <a href={`${users}/${id}`}>
                <code>{id}</code>
              </a>
            </td>
            <td>
              <Foreign text={message} />
            </td>
          </tr>
        ))}
      </Table>
    </>
  );
}
