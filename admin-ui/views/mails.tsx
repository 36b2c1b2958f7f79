import type { VNode } from 'preact';
import { Card } from '../components/card.js';
import { Table } from '../components/table.js';
import { Badge, Foreign, Time } from '../components/text.js';
import type { Frame } from '../frame.js';
import { Console } from '../layouts/console.js';
import { t } from '../strings.js';

export interface MailRow {
  id: string;
  to: string;
  subject: string;
  state: keyof typeof t.mails.states;
  attempts: number;
  problem: string | undefined;
  createdAt: Date;
}

interface Props {
  frame: Frame;
  path: string;
  rows: MailRow[];
  /** Mails leave this server. */
  delivers: boolean;
  paged: boolean;
  nextAfter: string | undefined;
}

const KINDS = {
  waiting: 'plain',
  sent: 'good',
  refused: 'bad',
  expired: 'bad',
  withdrawn: 'plain',
  kept: 'plain',
} as const;

/** The mails of an app, and, where none can be sent, the way to what they say. */
export function Mails({ frame, path, rows, delivers, paged, nextAfter }: Props): VNode {
  const { to, subject, state, attempts, created } = t.mails;
  return (
    <Console
      frame={frame}
      title={t.sections.mails}
      section="mails"
      actions={
        <a class="button" href={`${path}/texts`}>
          {t.mailTexts.link}
        </a>
      }
    >
      <p class={delivers ? undefined : 'notice'}>{delivers ? t.mails.intro : t.mails.inbox}</p>
      {!delivers && !frame.can.admin && <p>{t.mails.inboxForAdmins}</p>}
      {rows.length === 0 ? (
        <p class="empty">{t.mails.empty}</p>
      ) : (
        <Table label={t.sections.mails} columns={[to, subject, state, attempts, created, '']}>
          {rows.map((row) => (
            <Row key={row.id} frame={frame} path={path} row={row} />
          ))}
        </Table>
      )}
      <nav class="pager" aria-label={t.frame.pages}>
        {paged && <a href={path}>{t.mails.newest}</a>}
        {nextAfter !== undefined && (
          <a rel="next" href={`${path}?after=${nextAfter}`}>
            {t.mails.older}
          </a>
        )}
      </nav>
    </Console>
  );
}

function Row({ frame, path, row }: { frame: Frame; path: string; row: MailRow }): VNode {
  const { id, to, subject, state, attempts, problem, createdAt } = row;
  return (
    <tr>
      <td>
        <Foreign text={to} />
      </td>
      <td>
        <Foreign text={subject} />
      </td>
      <td>
        <Badge kind={KINDS[state]}>{t.mails.states[state]}</Badge>
        {problem !== undefined && (
          <span class="quiet">
            {' '}
            <Foreign text={problem} />
          </span>
        )}
      </td>
      <td>{attempts}</td>
      <td>
        <Time at={createdAt} now={frame.now} />
      </td>
      <td>
        {state === 'kept' && frame.can.admin && (
          <a href={`${path}/${id}`} aria-label={`${t.mails.read}: ${subject}`}>
            {t.mails.read}
          </a>
        )}
      </td>
    </tr>
  );
}

interface OneProps {
  frame: Frame;
  path: string;
  mail: { to: string; subject: string; text: string; createdAt: Date };
}

/** A mail that was not sent, as text. Its links can be followed: they are what it is read for. */
export function Mail({ frame, path, mail }: OneProps): VNode {
  const links = [...new Set(mail.text.match(/https?:\/\/[^\s<>"]+/g))];
  return (
    <Console
      frame={frame}
      title={mail.subject}
      section="mails"
      actions={
        <a class="button" href={path}>
          {t.mails.back}
        </a>
      }
    >
      <dl>
        <dt>{t.mails.to}</dt>
        <dd>
          <Foreign text={mail.to} />
        </dd>
        <dt>{t.mails.created}</dt>
        <dd>
          <Time at={mail.createdAt} now={frame.now} />
        </dd>
      </dl>
      <Card id="mail-text" title={t.mails.text}>
        <pre class="mail" tabIndex={0}>
          {mail.text}
        </pre>
      </Card>
      {links.length > 0 && (
        <Card id="mail-links" title={t.mails.links}>
          <ul>
            {links.map((link) => (
              <li key={link}>
                <a href={link} rel="noreferrer">
                  <bdi>{link}</bdi>
                </a>
              </li>
            ))}
          </ul>
        </Card>
      )}
    </Console>
  );
}
