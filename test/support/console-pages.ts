import type { Page } from 'playwright-core';
import type { App } from '../../src/apps/app.model.js';
import { ProviderSetupService } from '../../src/providers/provider-setup.service.js';
import type { AdminClient } from './admin-client.js';
import type { Stage } from './console-stage.js';
import type { TestServer } from './create-test-server.js';
import type { SeenPage } from './plain-browser.js';
import { routesOf } from './routes.js';

/** Pages for people, and not the files that belong to them. */
const IS_PAGE = /^\/(console|docs|$)(?!.*\/assets\/)|\/auth\/(pages|link)\//;

/** `GET /console/apps` of every page that is registered; `POST` for what forms are sent to. */
export function pagesOf(server: TestServer, method: 'GET' | 'POST'): string[] {
  return routesOf(server)
    .filter((route) => route.method === method && IS_PAGE.test(route.path))
    .map(({ path }) => `${method} ${path}`)
    .sort();
}

/** Of the pages of an app. */
export function pathOf({ group, _id }: App): string {
  return `/console/groups/${group.toHexString()}/apps/${_id.toHexString()}`;
}

/** Addresses of pages that are opened rather than led to, and of what they say where there is nothing or something is wrong. */
export async function addressesOf({ server, admin, stage }: { server: TestServer; admin: AdminClient; stage: Stage }) {
  const types = server
    .get(ProviderSetupService)
    .types()
    .map(({ type }) => type);
  const idsOf = async (list: string): Promise<string[]> =>
    ((await admin.get(`${admin.app(stage.app)}/${list}`)).body as unknown as { _id: string }[]).map(({ _id }) => _id);
  const mails = (await idsOf('inbox')).slice(0, 3);
  const ids: Record<string, string[]> = {
    users: [stage.mallory, ...(await idsOf('users?type=server'))],
    mails,
    providers: await idsOf('auth_providers'),
  };
  const pages = pagesOf(server, 'GET').map((route) => route.slice('GET '.length));
  const ofApps = pages
    .filter((path) => path.includes(':appId'))
    .flatMap((path) => {
      const below = path.slice(path.indexOf(':appId') + ':appId'.length);
      const [, section = '', part] = below.split('/');
      if (part === 'jobs') return [pathOf(stage.app) + below.replace(':jobId', stage.job), pathOf(stage.bare) + below];
      const own = (ids[section] ?? ['0'.repeat(24)]).map((id) => below.replace(':id', id));
      if (below.includes(':type')) return types.map((type) => pathOf(stage.app) + below.replace(':type', type));
      if (below.includes(':id')) return own.map((one) => pathOf(stage.app) + one);
      return [pathOf(stage.app) + below, pathOf(stage.bare) + below];
    });
  const odd = [
    'users?search=nobody',
    'users?created_from=x',
    'audit?type=x',
    'statistics?by=provider&days=90',
    `users/${'0'.repeat(24)}`,
  ];
  return [
    ...ofApps,
    ...odd.map((path) => `${pathOf(stage.app)}/${path}`),
    ...pages
      .filter((path) => !path.includes(':appId'))
      .map((path) =>
        path
          .replace(':groupId', stage.app.group.toHexString())
          .replace(':clientAppId', stage.app.clientAppId)
          .replace(':ticket', 'x')
          .replace(':section', 'client-log-in-and-account')
          .replace('*', 'nothing'),
      ),
    `/api/client/v2.0/auth/callback?state=${'x'.repeat(43)}`,
    `${server.client(stage.app).appPath}/auth/providers/nothing/login?redirect=x`,
  ];
}

/** What came from a user and is more than text. */
export function harmIn(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`[
    ...(window.hacked ? ['run a script that came from a user'] : []),
    ...[...document.links].filter(({ protocol }) => !/^https?:$/.test(protocol)).map(({ href }) => href),
    ...[...document.querySelectorAll('img, iframe, object, script:not([src])')].map(({ outerHTML }) => outerHTML),
    ...[...document.querySelectorAll('*')].flatMap(({ attributes }) =>
      [...attributes].map(({ name }) => name).filter((name) => /^(on|style$)/.test(name))),
  ]`);
}

/** What a page is made of, without its words: of pages that are made of the same, the longest is as good as all. */
export function shapeOf({ route, body }: SeenPage): string {
  const parts = body.slice(body.indexOf('<main')).matchAll(/<(\w+)|class="(empty|notice)"|type="checkbox"/g);
  const kinds = new Set([...parts].map(([part]) => part));
  // Questions, and forms that were not accepted, look alike wherever they are.
  return [route.startsWith('GET') ? route : '', ...kinds].sort().join('\n');
}
