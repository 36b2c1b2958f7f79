import type { VNode } from 'preact';
import { Action } from '../components/forms.js';
import { Table } from '../components/table.js';
import { Badge, cut, Foreign, Time } from '../components/text.js';
import type { Frame } from '../frame.js';
import { Console } from '../layouts/console.js';
import { t } from '../strings.js';

export interface PendingRow {
  id: string;
  email: string;
  confirmed: boolean;
  createdAt: Date;
  endsAt: Date | undefined;
}

interface Props {
  frame: Frame;
  path: string;
  rows: PendingRow[];
  paged: boolean;
  nextAfter: string | undefined;
}

/** Registrations that are no users yet. */
export function PendingUsers({ frame, path, rows, paged, nextAfter }: Props): VNode {
  const { email, state, created, ends } = t.pending;
  return (
    <Console frame={frame} title={t.sections.pending} section="pending">
      <p>{t.pending.intro}</p>
      {rows.length === 0 ? (
        <p class="empty">{t.pending.empty}</p>
      ) : (
        <Table label={t.sections.pending} columns={[email, state, created, ends, '']}>
          {rows.map((row) => (
            <Row key={row.id} frame={frame} path={path} row={row} />
          ))}
        </Table>
      )}
      <nav class="pager" aria-label={t.frame.pages}>
        {paged && <a href={path}>{t.pending.first}</a>}
        {nextAfter !== undefined && (
          <a rel="next" href={`${path}?after=${nextAfter}`}>
            {t.pending.next}
          </a>
        )}
      </nav>
    </Console>
  );
}

function Row({ frame, path, row }: { frame: Frame; path: string; row: PendingRow }): VNode {
  const about = cut(row.email, 60);
  const action = (name: string): string => `${path}/${row.id}/${name}`;
  return (
    <tr>
      <td>
        <Foreign text={row.email} />
      </td>
      <td>
        <Badge kind={row.confirmed ? 'good' : 'plain'}>{row.confirmed ? t.pending.confirmed : t.pending.waiting}</Badge>
      </td>
      <td>
        <Time at={row.createdAt} now={frame.now} />
      </td>
      <td>
        <Time at={row.endsAt} now={frame.now} />
      </td>
      <td class="buttons">
        {frame.can.support && (
          <>
            {!row.confirmed && (
              <>
                <Action frame={frame} action={action('confirm')} label={t.pending.confirm} about={about} />
                <Action frame={frame} action={action('resend')} label={t.pending.resend} about={about} />
              </>
            )}
            <Action frame={frame} action={action('delete')} label={t.pending.delete} about={about} kind="danger" />
          </>
        )}
      </td>
    </tr>
  );
}
