import type { VNode } from 'preact';
import type { Frame } from '../frame.js';
import { t } from '../strings.js';

export type AppSection =
  | 'dashboard'
  | 'users'
  | 'pending'
  | 'providers'
  | 'keys'
  | 'secrets'
  | 'functions'
  | 'mails'
  | 'statistics'
  | 'audit'
  | 'signing'
  | 'settings';
export type Section = AppSection | 'apps' | 'administrators' | 'account' | 'system';

/** Below the path of the app. */
const OF_APP: readonly (readonly [AppSection, string])[] = [
  ['dashboard', ''],
  ['users', '/users'],
  ['pending', '/pending'],
  ['providers', '/providers'],
  ['keys', '/keys'],
  ['secrets', '/secrets'],
  ['functions', '/functions'],
  ['mails', '/mails'],
  ['statistics', '/statistics'],
  ['audit', '/audit'],
  ['signing', '/signing'],
  ['settings', '/settings'],
];

/** Below the path of the console. */
const OF_SERVER: readonly (readonly [Exclude<Section, AppSection>, string])[] = [
  ['apps', '/apps'],
  ['administrators', '/administrators'],
  ['account', '/account'],
  ['system', '/system'],
];

/** Where one can go. On narrow screens it is behind a link, and its last link puts it away again. */
export function Navigation({ frame, section }: { frame: Frame; section: Section | undefined }): VNode {
  const { app, base } = frame;
  return (
    <nav class="side" id="navigation" aria-label={t.frame.navigation}>
      {app && <Links title={app.name} path={app.path} links={OF_APP} section={section} />}
      <Links
        title={t.frame.server}
        path={base}
        links={frame.can.server ? OF_SERVER : OF_SERVER.filter(([name]) => name !== 'system')}
        section={section}
      />
      <a class="close" href="#content">
        {t.frame.closeMenu}
      </a>
    </nav>
  );
}

interface LinksProps {
  title: string;
  path: string;
  links: readonly (readonly [Section, string])[];
  section: Section | undefined;
}

function Links({ title, path, links, section }: LinksProps): VNode {
  return (
    <>
      <p class="label">{title}</p>
      <ul>
        {links.map(([name, below]) => (
          <li key={name}>
            <a href={path + below} aria-current={name === section ? 'page' : undefined}>
              {t.sections[name]}
            </a>
          </li>
        ))}
      </ul>
    </>
  );
}
