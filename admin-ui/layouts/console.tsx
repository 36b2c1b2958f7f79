import type { ComponentChildren, VNode } from 'preact';
import { Brand } from '../components/brand.js';
import { Action } from '../components/forms.js';
import { Message } from '../components/message.js';
import { Foreign } from '../components/text.js';
import type { Frame } from '../frame.js';
import { t } from '../strings.js';
import { Navigation, type Section } from './navigation.js';

/** In the list to switch between; the page of apps has all. */
const MOST_APPS = 20;

interface Props {
  frame: Frame;
  title: string;
  section?: Section;
  /** Beside the heading. */
  actions?: ComponentChildren;
  /** Besides what each page has. */
  head?: ComponentChildren;
  children: ComponentChildren;
}

/** The frame of a page for somebody who is logged in. */
export function Console({ frame, title, section, actions, head, children }: Props): VNode {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title} · Latchkey`}</title>
        <link rel="stylesheet" href={`${frame.base}/assets/console.css`} />
        <link rel="icon" type="image/svg+xml" href={`${frame.base}/assets/icon.svg`} />
        <script src={`${frame.base}/assets/console.js`} defer />
        {head}
      </head>
      <body class="console">
        <a class="skip" href="#content">
          {t.frame.skip}
        </a>
        <header class="bar">
          <a class="brand" href={frame.base}>
            <Brand />
          </a>
          <Switcher frame={frame} />
          <a class="button menu" href="#navigation">
            {t.frame.menu}
          </a>
          <div class="who">
            <a class="email" href={`${frame.base}/account`}>
              <Foreign text={frame.email} />
            </a>
            <Action frame={frame} action={`${frame.base}/logout`} label={t.frame.logout} />
          </div>
        </header>
        <Navigation frame={frame} section={section} />
        <main id="content" tabIndex={-1}>
          {frame.flash && <Message kind={frame.flash.kind}>{frame.flash.text}</Message>}
          <div class="heading">
            <h1>{title}</h1>
            {actions && <div class="actions">{actions}</div>}
          </div>
          {children}
        </main>
      </body>
    </html>
  );
}

function Switcher({ frame }: { frame: Frame }): VNode {
  return (
    <details class="switcher">
      <summary>{frame.app ? frame.app.name : t.frame.chooseApp}</summary>
      <ul>
        {nearest(frame).map((app) => (
          <li key={app.path}>
            <a href={app.path} aria-current={app.path === frame.app?.path ? 'true' : undefined}>
              {app.name} <small>{app.clientAppId}</small>
            </a>
          </li>
        ))}
        <li>
          <a href={`${frame.base}/apps`}>{t.frame.allApps}</a>
        </li>
      </ul>
    </details>
  );
}

/** Not all of hundreds, on every page; the one that the page is about is among them. */
function nearest({ apps, app }: Frame): Frame['apps'] {
  const first = apps.slice(0, MOST_APPS);
  return app && !first.some(({ path }) => path === app.path) ? [app, ...first] : first;
}
