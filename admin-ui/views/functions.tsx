import type { VNode } from 'preact';
import { Card } from '../components/card.js';
import { Action, Form } from '../components/forms.js';
import { TextInput } from '../components/inputs.js';
import { Problem } from '../components/message.js';
import { Badge, Foreign } from '../components/text.js';
import type { Frame } from '../frame.js';
import { Console } from '../layouts/console.js';
import { t } from '../strings.js';

/** As they stand in the form; empty where nothing is said. */
export interface FunctionFields {
  name: string;
  url: string;
  secret: string;
}

interface Props {
  frame: Frame;
  path: string;
  functions: {
    id: string;
    name: string;
    /** Of its webhook. */
    host: string | undefined;
    /** A module of this server has one of that name. */
    inModule: boolean;
  }[];
  typed: FunctionFields;
  secrets: string[];
  problem?: string | undefined;
}

/** An imported app may have a thousand. */
const MOST_SHOWN = 200;

/** Names that providers call, and what answers. */
export function Functions({ frame, path, functions, problem, ...fields }: Props): VNode {
  return (
    <Console frame={frame} title={t.sections.functions} section="functions">
      <p>{t.functions.intro}</p>
      {functions.length === 0 ? (
        <p class="empty">{t.functions.empty}</p>
      ) : (
        <ul class="records card">
          {functions.slice(0, MOST_SHOWN).map(({ id, name, host, inModule }) => (
            <li key={id}>
              <a href={`${path}/${id}`}>{name}</a>
              {host !== undefined ? (
                <Foreign text={host} />
              ) : (
                <Badge kind={inModule ? 'good' : 'bad'}>{inModule ? t.functions.inModule : t.functions.nothing}</Badge>
              )}
            </li>
          ))}
        </ul>
      )}
      {functions.length > MOST_SHOWN && <p class="quiet">{t.user.more(functions.length - MOST_SHOWN)}</p>}
      {frame.can.admin && (
        <Card id="new-function" title={t.functions.new} narrow>
          <Problem text={problem} />
          <Form frame={frame} action={path}>
            <Fields {...fields} />
            <button type="submit" class="primary">
              {t.functions.create}
            </button>
          </Form>
        </Card>
      )}
    </Console>
  );
}

interface FormProps {
  frame: Frame;
  path: string;
  id: string;
  typed: FunctionFields;
  /** What is stored, to tell later what the reader changed. */
  was: FunctionFields;
  secrets: string[];
  problem?: string | undefined;
}

export function FunctionForm({ frame, path, id, was, problem, ...fields }: FormProps): VNode {
  const { admin } = frame.can;
  return (
    <Console frame={frame} title={was.name} section="functions">
      <div class="card narrow">
        <Problem text={problem} />
        <Form frame={frame} action={`${path}/${id}`} fields={{ was: JSON.stringify(was) }}>
          <Fields {...fields} />
          <div class="actions">
            {admin && (
              <button type="submit" class="primary">
                {t.settings.save}
              </button>
            )}
            <a class="button" href={path}>
              {t.sections.functions}
            </a>
          </div>
        </Form>
        {admin && (
          <p class="below">
            <Action frame={frame} action={`${path}/${id}/delete`} label={t.functions.delete} kind="danger" />
          </p>
        )}
      </div>
    </Console>
  );
}

function Fields({ typed, secrets }: { typed: FunctionFields; secrets: string[] }): VNode {
  const { labels, help } = t.functions;
  return (
    <>
      <TextInput name="name" label={labels.name} help={help.name} value={typed.name} maxLength={128} required />
      <TextInput name="url" label={labels.url} help={help.url} type="url" value={typed.url} maxLength={2_048} />
      <TextInput name="secret" label={labels.secret} help={help.secret} value={typed.secret} list="secrets" />
      <datalist id="secrets">
        {secrets.map((secret) => (
          <option key={secret} value={secret} />
        ))}
      </datalist>
    </>
  );
}
