import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { OPERATIONS } from '../../src/openapi/operations/index.js';
import { makeGroup } from '../support/admin-client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { routesOf } from '../support/routes.js';

interface Operation {
  operationId: string;
  summary: string;
  description?: string;
  parameters?: { name: string; in: string }[];
  requestBody?: { content: Record<string, { schema: Record<string, unknown> }> };
  security: Record<string, string[]>[];
}

let server: TestServer;
let document: { servers: { url: string }[]; paths: Record<string, Record<string, Operation>> };
let operations: Map<string, Operation>;

beforeAll(async () => {
  server = await createTestServer();
  const { body } = await server.client('').request('GET', '/openapi.json');
  document = body as unknown as typeof document;
  operations = new Map(
    Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const),
    ),
  );
}, 60_000);
afterAll(() => server.stop());

const isPage = (path: string) => /^\/(console|docs|openapi\.json|$)|\/auth\/(pages|link)\//.test(path);

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    const result = await validator.validate(JSON.parse(JSON.stringify(document)) as Record<string, unknown>);
    expect(result).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
    expect(document.servers).toEqual([{ url: server.publicUrl }]);
  });

  it('has every route that is registered, and no other', () => {
    const METHODS = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);
    const registered = routesOf(server)
      .filter(({ method, path }) => METHODS.has(method) && !path.endsWith('*') && !isPage(path))
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
    expect(registered.length).toBeGreaterThan(100);
    expect([...operations.keys()].sort()).toEqual(registered.sort());
  });

  it('names every operation once, and every parameter of its path', () => {
    const ids = [...operations.values()].map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [route, { parameters = [], summary }] of operations) {
      const inPath = parameters.filter((each) => each.in === 'path').map(({ name }) => `{${name}}`);
      expect([route, inPath]).toEqual([route, route.match(/\{\w+\}/g) ?? []]);
      expect(summary).not.toBe('');
    }
  });

  it('says who may call', () => {
    const securityOf = (route: string) => operations.get(route)?.security.flatMap((scheme) => Object.keys(scheme));
    expect(securityOf('POST /api/client/v2.0/app/{clientAppId}/auth/providers/{name}/login')).toEqual([]);
    expect(securityOf('GET /api/client/v2.0/auth/profile')).toEqual(['userAccessToken']);
    expect(securityOf('POST /api/client/v2.0/auth/session')).toEqual(['userRefreshToken']);
    expect(securityOf('GET /api/admin/v3.0/auth/profile')).toEqual(['adminAccessToken', 'adminCookie']);
    const app = '/api/admin/v3.0/groups/{groupId}/apps/{appId}';
    const roleOf = (route: string) => /GROUP_\w+/.exec(operations.get(route)?.description ?? '')?.[0];
    expect(roleOf(`GET ${app}/users`)).toBe('GROUP_READ_ONLY');
    expect(roleOf(`POST ${app}/users`)).toBe('GROUP_SUPPORT');
    expect(roleOf(`PATCH ${app}/settings`)).toBe('GROUP_ADMIN');
    expect(roleOf(`POST ${app}/users/verify_token`)).toBe('GROUP_READ_ONLY');
    expect(roleOf(`GET ${app}/inbox`)).toBe('GROUP_ADMIN');
    expect(roleOf('POST /api/admin/v3.0/groups')).toBe('GROUP_OWNER');
    expect(roleOf('GET /api/admin/v3.0/auth/profile')).toBeUndefined();
  });

  it('says what bodies are, as the server checks them', () => {
    const bodyOf = (route: string) => operations.get(route)?.requestBody?.content['application/json']?.schema;
    expect(bodyOf('POST /api/admin/v3.0/groups/{groupId}/apps/{appId}/users')).toEqual({
      type: 'object',
      properties: { email: { type: 'string' }, password: { type: 'string' } },
      required: ['email', 'password'],
    });
    expect(bodyOf('POST /api/admin/v3.0/groups/{groupId}/apps/{appId}/users/bulk')).toMatchObject({
      properties: {
        action: { enum: expect.arrayContaining(['disable']) },
        ids: { type: 'array', items: { type: 'string' } },
      },
    });
    expect(bodyOf('POST /api/admin/v3.0/groups')).toMatchObject({
      properties: { name: { type: 'string', minLength: 1, maxLength: 64 } },
    });
  });

  it('has no words about routes that are gone', () => {
    expect(Object.keys(OPERATIONS).filter((route) => !operations.has(route))).toEqual([]);
  });
});

describe('/docs', () => {
  const get = (from: TestServer, path: string) => from.client('').request('GET', path);

  it('tells of every operation, without a script and without anything from elsewhere', async () => {
    const { status, headers, text } = await get(server, '/docs');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'self'; img-src 'self'/);
    const links = [...text.matchAll(/href="docs\/([^"#]+)#([^"]+)"/g)];
    expect(links).toHaveLength(operations.size);
    const told = [];
    for (const section of new Set(links.map(([, slug]) => slug!))) {
      const page = await get(server, `/docs/${section}`);
      expect(page.status).toBe(200);
      expect(page.text.length).toBeLessThan(100_000);
      expect(page.text + text).not.toMatch(/(src|href)="(https?:)?\/\/|<script/);
      told.push(...[...page.text.matchAll(/class="card operation" id="([^"]+)"/g)].map(([, id]) => String(id)));
    }
    expect(told.sort()).toEqual(links.map(([, , id]) => String(id)).sort());
    expect((await get(server, '/docs/nothing')).status).toBe(404);
  });

  it('is not there where others are served, unless it is switched on', async () => {
    const env = { LATCHKEY_PUBLIC_URL: 'https://auth.example.com' };
    const [closed, open] = [
      await createTestServer({ env }),
      await createTestServer({ env: { ...env, LATCHKEY_API_DOCS: 'on' } }),
    ];
    try {
      for (const path of ['/openapi.json', '/docs', '/docs/the-server']) {
        const refused = await get(closed, path);
        expect([refused.status, refused.body.error_code]).toEqual([404, 'NotFound']);
        expect((await get(open, path)).status).toBe(200);
      }
    } finally {
      await closed.stop();
      await open.stop();
    }
  }, 60_000);

  it('does not open what it describes', async () => {
    const group = (await makeGroup(server)).toHexString();
    expect((await get(server, `/api/admin/v3.0/groups/${group}/apps`)).status).toBe(401);
  });
});
