import type { VNode } from 'preact';
import type { Frame } from '../frame.js';
import { t } from '../strings.js';
import { Table } from './table.js';
import { Badge, cut, Foreign, Time } from './text.js';

/** An entry of an audit trail. */
export interface EventRow {
  id: string;
  at: Date;
  type: string;
  errorCode: string | undefined;
  failed: boolean;
  actor: { kind: string; id: string | undefined; name: string | undefined };
  user: string | undefined;
  provider: string | undefined;
  ip: string | undefined;
  userAgent: string | undefined;
  details: Record<string, string>;
  /** Names and addresses went with the user. */
  erased: boolean;
}

interface Props {
  frame: Frame;
  label: string;
  events: EventRow[];
  /** Leave out the column of the user. */
  ofOne?: boolean;
}

export function Events({ frame, label, events, ofOne = false }: Props): VNode {
  const { when, what, who, whom, from, more } = t.audit;
  return (
    <Table label={label} columns={ofOne ? [when, what, who, from, more] : [when, what, who, whom, from, more]}>
      {events.map((event) => (
        <tr key={event.id}>
          <td>
            <Time at={event.at} now={frame.now} />
          </td>
          <td>
            <code>{event.type}</code> {event.failed && <Badge kind="bad">{event.errorCode ?? t.audit.failure}</Badge>}
          </td>
          <td>
            <Who event={event} />
          </td>
          {!ofOne && (
            <td>
              {event.user !== undefined && frame.app && (
                <a href={`${frame.app.path}/users/${event.user}`}>
                  <code>{event.user}</code>
                </a>
              )}
            </td>
          )}
          <td>
            {event.ip}
            {event.userAgent !== undefined && (
              <>
                <br />
                <small class="quiet">
                  <Foreign text={cut(event.userAgent, 60)} />
                </small>
              </>
            )}
          </td>
          <td>
            <Details event={event} />
          </td>
        </tr>
      ))}
    </Table>
  );
}

function Who({ event: { actor, erased } }: { event: EventRow }): VNode {
  return (
    <>
      {actor.name === undefined ? (t.audit.kinds[actor.kind] ?? actor.kind) : <Foreign text={actor.name} />}
      {erased && <Badge kind="plain">{t.audit.erased}</Badge>}
    </>
  );
}

function Details({ event: { provider, details } }: { event: EventRow }): VNode {
  const all = Object.entries({ ...(provider === undefined ? {} : { provider }), ...details });
  return (
    <small>
      {all.map(([name, value]) => (
        <span key={name} class="pair">
          <span class="quiet">{name}</span> <Foreign text={value} />
        </span>
      ))}
    </small>
  );
}
