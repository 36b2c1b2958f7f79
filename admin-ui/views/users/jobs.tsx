import type { VNode } from 'preact';
import { Table } from '../../components/table.js';
import { Foreign, Time } from '../../components/text.js';
import type { Frame } from '../../frame.js';
import { Console } from '../../layouts/console.js';
import { t } from '../../strings.js';
import { StateBadge, type JobRow } from './job.js';

interface Props {
  frame: Frame;
  /** The list of users. */
  users: string;
  jobs: JobRow[];
}

/** Actions on many users, of the last month. */
export function BulkJobList({ frame, users, jobs }: Props): VNode {
  return (
    <Console frame={frame} title={t.jobs.title} section="users">
      <p>{t.jobs.intro}</p>
      {jobs.length === 0 ? (
        <p class="empty">{t.jobs.empty}</p>
      ) : (
        <Table label={t.jobs.title} columns={[t.jobs.action, t.jobs.state, t.jobs.users, t.jobs.by, t.jobs.created]}>
          {jobs.map((job) => (
            <tr key={job.path}>
              <td>
                <a href={job.path}>{t.users.bulk[job.action]}</a>
              </td>
              <td>
                <StateBadge job={job} />
              </td>
              <td>{t.jobs.handled(job.handled, job.total)}</td>
              <td>
                <Foreign text={job.by} />
              </td>
              <td>
                <Time at={job.createdAt} now={frame.now} />
              </td>
            </tr>
          ))}
        </Table>
      )}
      <p>
        <a href={users}>{t.users.title}</a>
      </p>
    </Console>
  );
}
