import type { VNode } from 'preact';
import { Card } from '../components/card.js';
import { Action, Form } from '../components/forms.js';
import { TextInput } from '../components/inputs.js';
import { Problem } from '../components/message.js';
import { Foreign } from '../components/text.js';
import type { Frame } from '../frame.js';
import { Console } from '../layouts/console.js';
import { t } from '../strings.js';

interface Props {
  frame: Frame;
  path: string;
  secrets: { id: string; name: string }[];
  problem?: string;
  name?: string;
}

/** The names of what an app keeps sealed. */
export function Secrets({ frame, path, secrets, problem, name }: Props): VNode {
  const { admin } = frame.can;
  return (
    <Console frame={frame} title={t.sections.secrets} section="secrets">
      <p>{t.secrets.intro}</p>
      {secrets.length === 0 ? (
        <p class="empty">{t.secrets.empty}</p>
      ) : (
        <ul class="records card">
          {secrets.map((secret) => (
            <li key={secret.id}>
              <code>
                <Foreign text={secret.name} />
              </code>
              {admin && <Change frame={frame} path={path} secret={secret} />}
            </li>
          ))}
        </ul>
      )}
      {admin && (
        <Card id="new-secret" title={t.secrets.new} narrow>
          <Problem text={problem} />
          <Form frame={frame} action={path}>
            <TextInput
              name="name"
              label={t.secrets.name}
              help={t.secrets.nameHelp}
              value={name}
              maxLength={128}
              required
            />
            <TextInput name="value" label={t.secrets.value} type="password" required />
            <button type="submit" class="primary">
              {t.secrets.create}
            </button>
          </Form>
        </Card>
      )}
    </Console>
  );
}

function Change({ frame, path, secret }: { frame: Frame; path: string; secret: { id: string; name: string } }): VNode {
  return (
    <div class="buttons">
      <details class="more">
        <summary>
          {t.secrets.replace}
          <span class="unseen">: {secret.name}</span>
        </summary>
        <Form frame={frame} action={`${path}/${secret.id}`}>
          <TextInput
            id={`value-${secret.id}`}
            name="value"
            label={t.secrets.newValue(secret.name)}
            type="password"
            required
          />
          <button type="submit">{t.secrets.replace}</button>
        </Form>
      </details>
      <Action
        frame={frame}
        action={`${path}/${secret.id}/delete`}
        label={t.secrets.delete}
        about={secret.name}
        kind="danger"
      />
    </div>
  );
}
