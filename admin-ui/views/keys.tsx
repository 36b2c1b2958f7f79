import type { VNode } from 'preact';
import { Card } from '../components/card.js';
import { Action, Form } from '../components/forms.js';
import { TextInput } from '../components/inputs.js';
import { Problem } from '../components/message.js';
import { ShownOnce } from '../components/shown-once.js';
import { Table } from '../components/table.js';
import { Badge, Foreign, Time } from '../components/text.js';
import type { Frame } from '../frame.js';
import { Console } from '../layouts/console.js';
import { t } from '../strings.js';

export interface KeyRow {
  id: string;
  name: string;
  disabled: boolean;
  createdAt: Date;
  /** Of the user behind it. */
  userPath: string;
}

interface Props {
  frame: Frame;
  path: string;
  keys: KeyRow[];
  /** The provider of keys is on. */
  usable: boolean;
  made?: { name: string; key: string };
  problem?: string;
  name?: string;
}

/** The keys of an app's servers. */
export function Keys({ frame, path, keys, usable, made, problem, name }: Props): VNode {
  return (
    <Console frame={frame} title={t.sections.keys} section="keys">
      <p>{t.keys.intro}</p>
      {made && <ShownOnce label={t.keys.made(made.name)} value={made.key} />}
      {!usable && (
        <p class="notice">
          {t.keys.off} <a href={`${frame.app!.path}/providers`}>{t.keys.toProviders}</a>
        </p>
      )}
      {keys.length === 0 ? (
        <p class="empty">{t.keys.empty}</p>
      ) : (
        <Table label={t.sections.keys} columns={[t.keys.name, t.keys.state, t.keys.created, '']}>
          {keys.map((key) => (
            <Row key={key.id} frame={frame} path={path} row={key} />
          ))}
        </Table>
      )}
      {frame.can.admin && usable && (
        <Card id="new-key" title={t.keys.new} narrow>
          <Problem text={problem} />
          <Form frame={frame} action={path}>
            <TextInput name="name" label={t.keys.name} help={t.keys.nameHelp} value={name} maxLength={128} required />
            <button type="submit" class="primary">
              {t.keys.create}
            </button>
          </Form>
        </Card>
      )}
    </Console>
  );
}

function Row({ frame, path, row }: { frame: Frame; path: string; row: KeyRow }): VNode {
  const { id, name, disabled, createdAt, userPath } = row;
  return (
    <tr>
      <td>
        <a href={userPath}>
          <Foreign text={name} />
        </a>
      </td>
      <td>
        <Badge kind={disabled ? 'bad' : 'good'}>{disabled ? t.keys.disabled : t.keys.enabled}</Badge>
      </td>
      <td>
        <Time at={createdAt} now={frame.now} />
      </td>
      <td class="buttons">
        {frame.can.admin && (
          <>
            <Action
              frame={frame}
              action={`${path}/${id}/${disabled ? 'enable' : 'disable'}`}
              label={disabled ? t.keys.enable : t.keys.disable}
              about={name}
            />
            <Action frame={frame} action={`${path}/${id}/delete`} label={t.keys.delete} about={name} kind="danger" />
          </>
        )}
      </td>
    </tr>
  );
}
