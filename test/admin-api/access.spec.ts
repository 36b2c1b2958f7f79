import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SERVED } from '../../src/admin/api/compat/not-supported.controller.js';
import { ROLES, type Role } from '../../src/admin/auth/roles.js';
import type { App } from '../../src/apps/app.model.js';
import { makeAdmin, makeGroup, nobody, type AdminClient } from '../support/admin-client.js';
import type { Answer, Tokens } from '../support/client.js';
import { ADMIN_PATH } from '../support/admin-client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { routesOf, type Route } from '../support/routes.js';

/** Open in words; every other route under /api/admin asks who calls. */
const OPEN = new Set([
  'GET /auth/providers',
  'POST /auth/providers/local-userpass/login',
  'POST /auth/providers/api-key/login',
  'POST /auth/providers/mongodb-cloud/login',
  'POST /auth/invitations/accept',
]);

/** Where the role is another than the method and the place say. */
const NEEDED: Record<string, Role> = {
  'GET /groups/:groupId/apps/:appId/inbox': 'GROUP_ADMIN',
  'GET /groups/:groupId/apps/:appId/inbox/:id': 'GROUP_ADMIN',
  'GET /system': 'GROUP_ADMIN',
  'DELETE /groups/:groupId/administrators/:id/totp': 'GROUP_OWNER',
  // What two people had becomes one: nothing undoes it.
  'POST /groups/:groupId/apps/:appId/users/merge': 'GROUP_ADMIN',
  'POST /groups': 'GROUP_OWNER',
  // It looks, and changes nothing.
  'POST /groups/:groupId/apps/:appId/users/verify_token': 'GROUP_READ_ONLY',
};

/** Of the methods that a route for all of them takes, those that fetch can send. */
const SENDABLE = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);

const UNKNOWN = '0123456789abcdef01234567';

let server: TestServer;
let routes: Route[];
let app: App;
let foreignApp: App;
let user: Tokens;
let byRole: Map<Role, AdminClient>;
let stranger: AdminClient;

beforeAll(async () => {
  server = await createTestServer();
  routes = routesOf(server)
    .filter(({ method, path }) => path.startsWith(`${ADMIN_PATH}/`) && SENDABLE.has(method))
    .map(({ method, path }) => ({ method, path: path.slice(ADMIN_PATH.length) }))
    .filter(({ method, path }) => !OPEN.has(`${method} ${path}`));
  const groupId = await makeGroup(server);
  app = await server.make.app({ group: groupId });
  foreignApp = await server.make.app({ group: await makeGroup(server) });
  user = await server.client(app).enterAnonymously();
  byRole = new Map();
  for (const role of ROLES) byRole.set(role, await makeAdmin(server, role, { groupId }));
  stranger = await makeAdmin(server, 'GROUP_OWNER', { groupId: await makeGroup(server) });
});

afterAll(() => server.stop());

function neededRole({ method, path }: Route): Role | undefined {
  const said = NEEDED[`${method} ${path}`];
  if (said || !path.startsWith('/groups/:groupId')) return said;
  // What is not there at all is refused alike, whoever asks.
  if (method === 'GET' || path.endsWith('/*')) return 'GROUP_READ_ONLY';
  return /\/apps\/:appId\/(users|user_registrations)\b/.test(path) ? 'GROUP_SUPPORT' : 'GROUP_ADMIN';
}

/** The route with ids in it; what else it has parameters for does not exist. */
function addressOf({ path }: Route, groupId: string, appId: string): string {
  return path
    .replace(':groupId', groupId)
    .replace(':appId', appId)
    .replaceAll(/:\w+|\*/g, UNKNOWN);
}

function call(admin: AdminClient, route: Route, ids: { group?: string; app?: string } = {}, token = admin.accessToken) {
  const group = ids.group ?? app.group.toHexString();
  return admin.request(route.method, addressOf(route, group, ids.app ?? app._id.toHexString()), { token });
}

async function eachRoute(
  which: (route: Route) => boolean,
  check: (route: Route) => Promise<Answer>,
): Promise<Record<string, string>> {
  const answers: Record<string, string> = {};
  for (const route of routes.filter(which)) {
    const { status, body } = await check(route);
    answers[`${route.method} ${route.path}`] = `${status} ${body.error}`;
  }
  expect(Object.keys(answers).length).toBeGreaterThan(0);
  return answers;
}

const always = () => true;

describe('every route for administrators', () => {
  it('asks for a token', async () => {
    const answers = await eachRoute(always, (route) => call(nobody(server, app.group), route));
    expect(new Set(Object.values(answers))).toEqual(
      new Set(['401 expected Authorization header with JWT (Bearer schema)']),
    );
  });

  it('refuses tokens of users', async () => {
    for (const token of [user.accessToken, user.refreshToken]) {
      const answers = await eachRoute(always, (route) => call(stranger, route, {}, token));
      for (const answer of Object.values(answers)) expect(answer).toMatch(/^401 invalid session: /);
    }
  });

  it('refuses an administrator’s token of the other kind', async () => {
    const owner = byRole.get('GROUP_OWNER')!;
    const answers = await eachRoute(always, (route) =>
      call(owner, route, {}, route.path === '/auth/session' ? owner.accessToken : owner.refreshToken),
    );
    for (const answer of Object.values(answers)) {
      expect(answer).toMatch(
        /^401 (invalid session: valid Issuer required|invalid refresh token: incorrect token type)$/,
      );
    }
  });

  it('does not know a group in which the caller has no role', async () => {
    const inGroup = ({ path }: Route) => path.includes(':groupId');
    for (const group of [app.group.toHexString(), UNKNOWN, 'nonsense', '$ne']) {
      const answers = await eachRoute(inGroup, (route) => call(stranger, route, { group }));
      expect(new Set(Object.values(answers))).toEqual(new Set(['404 group could not be found']));
    }
  });

  it('does not know an app of another group', async () => {
    const inApp = ({ path }: Route) => path.includes(':appId');
    if (!routes.some(inApp)) return;
    const owner = byRole.get('GROUP_OWNER')!;
    for (const id of [foreignApp._id.toHexString(), foreignApp.clientAppId, UNKNOWN, 'nonsense']) {
      const answers = await eachRoute(inApp, (route) => call(owner, route, { app: id }));
      expect(new Set(Object.values(answers))).toEqual(new Set(['404 app could not be found']));
    }
  });

  it('refuses whoever has too weak a role', async () => {
    for (const role of ROLES) {
      const tooWeakFor = (route: Route) => {
        const needed = neededRole(route);
        return needed !== undefined && ROLES.indexOf(needed) > ROLES.indexOf(role);
      };
      if (!routes.some(tooWeakFor)) continue;
      const answers = await eachRoute(tooWeakFor, (route) => call(byRole.get(role)!, route));
      for (const answer of Object.values(answers)) expect(answer).toMatch(/^403 this needs the role GROUP_/);
    }
  });

  it('may be read with the weakest role', async () => {
    const readable = (route: Route) => route.method === 'GET' && neededRole(route) === 'GROUP_READ_ONLY';
    const answers = await eachRoute(readable, (route) => call(byRole.get('GROUP_READ_ONLY')!, route));
    for (const answer of Object.values(answers)) expect(answer).not.toMatch(/^(401|403|5)/);
  });

  it('may be used by whoever has just the role for it', async () => {
    const target = await server.make.app({ group: app.group });
    const isLast = ({ method, path }: Route) => method === 'DELETE' && path.endsWith('/:appId');
    const writes = (route: Route) => route.method !== 'GET' && neededRole(route) !== undefined && !isLast(route);
    for (const which of [writes, isLast]) {
      const answers = await eachRoute(which, (route) =>
        call(byRole.get(neededRole(route)!)!, route, { app: target._id.toHexString() }),
      );
      const refused = Object.entries(answers).filter(([, answer]) => /^(401|403|5)/.test(answer));
      expect(refused).toEqual([]);
    }
  });

  it('is named, or is not supported by name', async () => {
    const firstParts = routes.map(({ path }) => /\/apps\/:appId\/(\w+)/.exec(path)?.[1]).filter(Boolean);
    expect(firstParts.filter((part) => !SERVED.has(part!))).toEqual([]);
    const owner = byRole.get('GROUP_OWNER')!;
    const codeOf = async (path: string) => (await owner.get(`${owner.app(app)}/${path}`)).body;
    expect(await codeOf('triggers')).toEqual({
      error: "'triggers' is not supported by this server",
      error_code: 'NotSupported',
    });
    expect((await codeOf('security/private_endpoints')).error).toContain("'security/private_endpoints'");
    expect((await codeOf('signing_keys/a/b/c')).error_code).toBe('NotFound');
  });

  it('is guarded under other spellings of its address too (C33)', async () => {
    const spellings = [
      '/api/admin/v3.0/auth/profile/',
      '/api/admin/v3.0//auth/profile',
      '//api/admin/v3.0/auth/profile',
      '/API/ADMIN/v3.0/auth/profile',
      '/%61pi/admin/v3.0/auth/profile',
      '/api/admin/v3.0/auth/profil%65',
      '/api/admin/v3.0/x/../auth/profile',
      '/api/admin/v3.0/auth/profile;a=b',
      '/api/admin/v3.0/auth/profile?x=/api/client',
    ];
    for (const spelling of spellings) {
      for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS', 'PROPFIND']) {
        const { status } = await server.client(app).request(method, spelling);
        expect(status).toBeGreaterThanOrEqual(400);
      }
    }
  });
});
