import { z } from 'zod';
import type { Handler } from './handlers.js';
import type { OperationText } from './operations/operation.js';
import * as shapes from './shapes.js';

type Json = Record<string, unknown>;

/** A request that was really made, and its answer. */
export interface Example {
  query?: string;
  request?: unknown;
  status: number;
  answer?: unknown;
  /** Where it is no JSON. */
  contentType?: string;
}

export interface Route {
  method: string;
  path: string;
  /** `<class>.<method>` */
  name: string;
  /** By the decorators. */
  status: number;
}

const ID = { type: 'string', pattern: '^[0-9a-f]{24}$' };
const TEXT = { type: 'string' };
const IDS = new Set(['groupId', 'id', 'sessionId', 'keyId', 'ruleId']);
const ADMIN = '/api/admin/v3.0/';

/** One operation of the document. Nothing here is said twice: what the code says comes from `handler`, the rest from `text`. */
export function describedOperation(
  route: Route,
  handler: Handler | undefined,
  text: OperationText | undefined,
  example: Example | undefined,
): Json {
  const role = roleFor(route, handler);
  const body = text?.body ? jsonSchemaOf(text.body) : handler?.body;
  const parameters = [...pathParameters(route.path), ...queryParameters(text)];
  return {
    operationId: route.name,
    tags: [tagOf(route.path)],
    summary: text?.summary ?? inWords(route.name),
    ...(role ? { description: `Needs the role ${role}, or a stronger one.` } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: { content: { 'application/json': content(body, example?.request) } } } : {}),
    responses: { ...successes(route, text, example), default: { $ref: '#/components/responses/Error' } },
    security: securityOf(route, handler),
  };
}

export function jsonSchemaOf(shape: z.ZodType): Json {
  const { $schema: _, ...schema } = z.toJSONSchema(shape, { io: 'input' });
  return schema;
}

/** Shapes that have a name of their own are said once, under it. */
export const NAMED_SHAPES = new Map<z.ZodType, string>(
  Object.entries(shapes)
    .filter(([, shape]) => shape instanceof z.ZodObject)
    .map(([name, shape]) => [shape, name]),
);

function answerSchemaOf(shape: z.ZodType): Json {
  const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
  const name = NAMED_SHAPES.get(shape);
  if (name) return ref(name);
  const element = shape instanceof z.ZodArray ? NAMED_SHAPES.get(shape.element as z.ZodType) : undefined;
  return element ? { type: 'array', items: ref(element) } : jsonSchemaOf(shape);
}

function content(schema: Json, example: unknown): Json {
  return { schema, ...(example === undefined ? {} : { example }) };
}

function successes({ status }: Route, text: OperationText | undefined, example: Example | undefined): Json {
  const statuses = text?.statuses ?? [status];
  return Object.fromEntries(
    statuses.map((each) => {
      const isShown = example?.status === each;
      const description = each === 204 ? 'Done; nothing comes back' : 'Done';
      if (each === 204 || !text?.answer) return [each, { description }];
      const json = content(answerSchemaOf(text.answer), isShown ? example.answer : undefined);
      return [each, { description, content: { 'application/json': json } }];
    }),
  );
}

function pathParameters(path: string): Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: IDS.has(name) ? ID : TEXT,
    ...(name === 'appId' ? { description: 'the `_id`, or the client app id' } : {}),
  }));
}

function queryParameters(text: OperationText | undefined): Json[] {
  return Object.entries(text?.query ?? {}).map(([name, description]) => ({
    name,
    in: 'query',
    description,
    schema: TEXT,
  }));
}

/** As the guard decides it. */
function roleFor({ method, path }: Route, handler: Handler | undefined): string | undefined {
  if (!path.startsWith(ADMIN)) return undefined;
  if (handler?.role) return handler.role;
  if (method !== 'GET' && handler?.roleToWrite) return handler.roleToWrite;
  if (!path.includes('{groupId}')) return undefined;
  return method === 'GET' ? 'GROUP_READ_ONLY' : 'GROUP_ADMIN';
}

function securityOf({ path }: Route, handler: Handler | undefined): Json[] {
  if (/\/auth\/(revoke|introspect)$|^\/api\/client\/.*\/ssf\//.test(path)) return [{ serverKey: [] }];
  const kind = handler?.token ?? (path.startsWith(ADMIN) ? 'admin' : 'access');
  const schemes = {
    none: [],
    access: [{ userAccessToken: [] }],
    refresh: [{ userRefreshToken: [] }],
    admin: [{ adminAccessToken: [] }, { adminCookie: [] }],
    'admin-refresh': [{ adminRefreshToken: [] }, { adminCookie: [] }],
  };
  return schemes[kind];
}

const TAGS: [RegExp, string][] = [
  [/^\/api\/admin\/v3\.0\/groups\/\{groupId\}\/apps\/\{appId\}\/(\w+)/, 'Admin: '],
  [/^\/api\/admin\/v3\.0\/(groups|auth|system)/, 'Admin: '],
  [/^\/api\/client\/v2\.0\/(?:app\/\{clientAppId\}\/)?auth/, 'Client: log in and account'],
  [/^\/(?:api\/client|\.well-known)/, 'Client: the app'],
];

function tagOf(path: string): string {
  for (const [pattern, tag] of TAGS) {
    const match = pattern.exec(path);
    if (match) return tag.endsWith(' ') ? tag + (match[1] ?? '').replaceAll('_', ' ') : tag;
  }
  return 'The server';
}

/** `OwnSessionsController.endOthers`: "End others". */
function inWords(name: string): string {
  const words = name.slice(name.indexOf('.') + 1).replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}
