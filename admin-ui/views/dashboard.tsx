import type { VNode } from 'preact';
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
}

/** What an app is, and how to connect something to it. */
export function Dashboard({ frame, app, users, providers, origins }: Props): VNode {
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
          <dl>
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
          <ul class="plain">
            {providers.map(({ name, disabled }) => (
              <li key={name}>
                <code>{name}</code>{' '}
                <Badge kind={disabled ? 'plain' : 'good'}>{disabled ? t.dashboard.off : t.dashboard.on}</Badge>
              </li>
            ))}
          </ul>
        </li>
      </ul>
      <section aria-labelledby="connect">
        <h2 id="connect">{t.dashboard.next}</h2>
        <p>{t.dashboard.intro}</p>
        <div class="snippets">
          {snippetsFor({ publicUrl: frame.publicUrl, clientAppId: app.clientAppId }).map(([name, code], i) => (
            <details key={name} open={i === 0}>
              <summary>{name}</summary>
              <pre tabIndex={0} role="region" aria-label={name}>
                <code>{code}</code>
              </pre>
            </details>
          ))}
        </div>
      </section>
    </Console>
  );
}
