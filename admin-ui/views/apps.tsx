import type { VNode } from 'preact';
import { Form } from '../components/forms.js';
import { Problem } from '../components/message.js';
import { Time } from '../components/text.js';
import type { Frame } from '../frame.js';
import { Console } from '../layouts/console.js';
import { t } from '../strings.js';

interface Props {
  frame: Frame;
  created: ReadonlyMap<string, Date>;
  /** Where the reader may make one. */
  groups: { id: string; name: string }[];
  problem?: string | undefined;
  name?: string;
}

export function Apps({ frame, created, groups, problem, name }: Props): VNode {
  return (
    <Console frame={frame} title={t.apps.title} section="apps">
      {frame.apps.length === 0 ? (
        <p class="empty">{t.apps.empty}</p>
      ) : (
        <ul class="cards">
          {frame.apps.map((app) => (
            <li key={app.path} class="card">
              <h2>
                <a href={app.path}>{app.name}</a>
              </h2>
              <p>
                <code>{app.clientAppId}</code>
              </p>
              <p class="quiet">
                {t.apps.created} <Time at={created.get(app.clientAppId)} now={frame.now} />
              </p>
            </li>
          ))}
        </ul>
      )}
      {groups.length > 0 && (
        <section class="card narrow" aria-labelledby="new-app">
          <h2 id="new-app">{t.apps.new}</h2>
          <Problem text={problem} />
          <Form
            frame={frame}
            action={`${frame.base}/apps`}
            fields={groups.length === 1 ? { group: groups[0]!.id } : {}}
          >
            <p class="field">
              <label for="name">{t.apps.name}</label>
              <input
                type="text"
                id="name"
                name="name"
                value={name}
                required
                maxLength={32}
                autocomplete="off"
                aria-describedby="name-help"
              />
              <small id="name-help">{t.apps.nameHelp}</small>
            </p>
            {groups.length > 1 && (
              <p class="field">
                <label for="group">{t.apps.group}</label>
                <select id="group" name="group">
                  {groups.map((group) => (
                    <option key={group.id} value={group.id}>
                      {group.name}
                    </option>
                  ))}
                </select>
              </p>
            )}
            <button type="submit" class="primary">
              {t.apps.create}
            </button>
          </Form>
        </section>
      )}
    </Console>
  );
}
