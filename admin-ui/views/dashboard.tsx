import type { VNode } from 'preact';
import { CopyLines } from '../components/copyable.js';
import { Form } from '../components/forms.js';
import { Select, TextInput } from '../components/inputs.js';
import { Message, Problem } from '../components/message.js';
import { Badge } from '../components/text.js';
import type { AppLink, Frame } from '../frame.js';
import { Console } from '../layouts/console.js';
import { t } from '../strings.js';
import { snippetsFor } from './snippets.js';

interface Props {
  frame: Frame;
  app: AppLink;
  users: number;
  providers: { name: string; disabled: boolean }[];
  origins: string[];
  /** Ways that can be tried here. */
  ways: string[];
  tried?: { access: string; refresh: string; userPath: string } | undefined;
  tryProblem?: string | undefined;
  way?: string | undefined;
  email?: string | undefined;
}

/** A login from here, and what its tokens say. */
function TryIt({ frame, app, ways, tried, tryProblem, way = '', email }: Props): VNode {
  return (
    <section class="card try" aria-labelledby="try">
      <h2 id="try">{t.dashboard.tryTitle}</h2>
      <p>{t.dashboard.tryText}</p>
      <Problem text={tryProblem} />
      {tried && (
        <>
          <Message kind="done">{t.dashboard.tried}</Message>
          <pre tabIndex={0}>{tried.access}</pre>
          <p>{t.dashboard.triedRefresh}</p>
          <pre tabIndex={0}>{tried.refresh}</pre>
          <p>
            <a href={tried.userPath}>{t.dashboard.triedUser}</a>
          </p>
        </>
      )}
      <Form frame={frame} action={`${app.path}/try`} class="filters">
        <Select name="way" label={t.dashboard.tryBy} value={way} options={ways.map((one) => [one, one])} />
        {ways.includes('local-userpass') && (
          <>
            <TextInput name="email" label={t.dashboard.tryEmail} type="email" value={email} />
            <TextInput name="password" label={t.dashboard.tryPassword} type="password" />
          </>
        )}
        <div class="actions">
          <button type="submit">{t.dashboard.tryButton}</button>
        </div>
      </Form>
    </section>
  );
}

/** What an app is, and how to connect something to it. */
export function Dashboard(props: Props): VNode {
  const { frame, app, users, providers, origins, ways } = props;
  return (
    <Console frame={frame} title={app.name} section="dashboard">
      <ul class="cards">
        <li class="card figure">
          <p class="large">{t.dashboard.users(users)}</p>
          <p>
            {users === 0 && t.dashboard.noUsers} <a href={`${app.path}/users`}>{t.dashboard.seeUsers}</a>
          </p>
        </li>
        <li class="card">
          <dl class="stacked">
            <dt>{t.dashboard.appId}</dt>
            <dd>
              <code>{app.clientAppId}</code>
            </dd>
            <dt>{t.dashboard.server}</dt>
            <dd>
              <code>{frame.publicUrl}</code>
            </dd>
            <dt>{t.dashboard.origins}</dt>
            <dd>
              {origins.length === 0
                ? t.dashboard.anyOrigin
                : origins.map((origin) => (
                    <span key={origin} class="pair">
                      {origin}
                    </span>
                  ))}
            </dd>
          </dl>
        </li>
        <li class="card">
          <h2>{t.dashboard.providers}</h2>
          <ul class="plain facts">
            {providers.map(({ name, disabled }) => (
              <li key={name}>
                <code>{name}</code>{' '}
                <Badge kind={disabled ? 'plain' : 'good'}>{disabled ? t.dashboard.off : t.dashboard.on}</Badge>
              </li>
            ))}
          </ul>
        </li>
      </ul>
      {frame.can.support && ways.length > 0 && <TryIt {...props} />}
      <section aria-labelledby="connect">
        <h2 id="connect">{t.dashboard.next}</h2>
        <p>{t.dashboard.intro}</p>
        <div class="snippets">
          {snippetsFor({ publicUrl: frame.publicUrl, clientAppId: app.clientAppId }).map(([name, code], i) => (
            <details key={name} open={i === 0}>
              <summary>{name}</summary>
              <CopyLines label={name} text={code} />
            </details>
          ))}
        </div>
      </section>
    </Console>
  );
}
