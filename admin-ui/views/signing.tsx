import type { VNode } from 'preact';
import { Action } from '../components/forms.js';
import { Table } from '../components/table.js';
import { Badge, Time } from '../components/text.js';
import type { Frame } from '../frame.js';
import { Console } from '../layouts/console.js';
import { t } from '../strings.js';

export interface SigningKeyRow {
  kid: string;
  algorithm: string;
  state: 'next' | 'current' | 'previous' | 'retired';
  createdAt: Date;
  usedFrom: Date;
  until: Date | undefined;
}

interface Props {
  frame: Frame;
  path: string;
  keys: SigningKeyRow[];
  /** Where the public halves are. */
  jwksUrl: string;
}

const KINDS = { next: 'plain', current: 'good', previous: 'plain', retired: 'bad' } as const;

/** The keys that sign an app's tokens; of each, nothing that is secret. */
export function SigningKeys({ frame, path, keys, jwksUrl }: Props): VNode {
  const { admin } = frame.can;
  const rotate = admin && <Action frame={frame} action={`${path}/rotate`} label={t.signing.rotate} kind="primary" />;
  const { kid, algorithm, state, created, usedFrom, until } = t.signing;
  return (
    <Console frame={frame} title={t.sections.signing} section="signing" actions={rotate}>
      <p>
        {t.signing.intro} <code>{jwksUrl}</code>
      </p>
      <Table label={t.sections.signing} columns={[kid, algorithm, state, created, usedFrom, until, '']}>
        {keys.map((key) => (
          <tr key={key.kid}>
            <td>
              <code>{key.kid}</code>
            </td>
            <td>{key.algorithm}</td>
            <td>
              <Badge kind={KINDS[key.state]}>{t.signing.states[key.state]}</Badge>
            </td>
            <td>
              <Time at={key.createdAt} now={frame.now} />
            </td>
            <td>
              <Time at={key.usedFrom} now={frame.now} />
            </td>
            <td>{key.until && <Time at={key.until} now={frame.now} />}</td>
            <td class="buttons">
              {admin && key.state !== 'retired' && (
                <Action
                  frame={frame}
                  action={`${path}/${key.kid}/retire`}
                  label={t.signing.retire}
                  about={key.kid}
                  kind="danger"
                />
              )}
            </td>
          </tr>
        ))}
      </Table>
    </Console>
  );
}
