import { t } from '../../admin-ui/strings.js';
import type { DocsField, DocsOperation, DocsSection } from '../../admin-ui/views/docs.js';

interface Schema {
  $ref?: string;
  type?: string;
  format?: string;
  description?: string;
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
}

interface Content {
  'application/json'?: { schema?: Schema; example?: unknown };
}

interface Answer {
  $ref?: string;
  description: string;
  content?: Content;
}

interface Operation {
  operationId: string;
  tags: string[];
  summary: string;
  description?: string;
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema: Schema }[];
  requestBody?: { content: Content };
  responses: Record<string, Answer>;
  security: Record<string, string[]>[];
}

interface Document {
  servers: { url: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: {
    schemas: Record<string, Schema>;
    securitySchemes: Record<string, { description: string }>;
  };
}

/** How deep fields within fields are told. */
const DEEPEST = 3;

/** The description of the API, as its pages tell it: routes by what they are about. */
export function docsSections(document: Record<string, unknown>): DocsSection[] {
  const { servers, paths, components } = document as unknown as Document;
  const sections = new Map<string, DocsSection>();
  for (const [path, item] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(item)) {
      const title = operation.tags[0] ?? '';
      const slug = title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
      const section = sections.get(slug) ?? { slug, title, operations: [] };
      sections.set(slug, section);
      section.operations.push(
        operationOf({ method: method.toUpperCase(), path, operation, components, url: servers[0]!.url }),
      );
    }
  }
  return [...sections.values()].sort((a, b) => rank(a.title) - rank(b.title) || a.title.localeCompare(b.title));
}

/** What apps need comes first, and what is about the server as a whole last. */
function rank(title: string): number {
  if (title.startsWith('Client')) return 0;
  return title.startsWith('Admin') ? 1 : 2;
}

interface Described {
  method: string;
  path: string;
  operation: Operation;
  components: Document['components'];
  url: string;
}

function operationOf({ method, path, operation, components, url }: Described): DocsOperation {
  const { operationId, summary, description = '', parameters = [], requestBody, responses, security } = operation;
  const body = requestBody?.content['application/json'];
  const whom = security.flatMap((one) => Object.keys(one)).map((name) => components.securitySchemes[name]!.description);
  const access = whom.length === 0 ? t.docs.anybody : t.docs.needs(whom.join(t.docs.or));
  return {
    id: operationId.replaceAll('.', '-'),
    method,
    path,
    summary,
    access: `${access} ${description}`.trim(),
    parameters: parameters.map(({ name, required = false, description = '', schema, in: where }) => {
      return { name, type: `${typeOf(schema, components)} (${where})`, required, text: description };
    }),
    body: body?.schema ? fieldsOf(body.schema, components) : [],
    request: curl({ method, url: url + path, body: body?.example, bearer: whom.length > 0 }),
    answers: successesIn(responses).map(([status, { description, content }]) => {
      const json = content?.['application/json'];
      return {
        status,
        text: description,
        fields: json?.schema ? fieldsOf(json.schema, components) : [],
        example: json?.example === undefined ? undefined : JSON.stringify(json.example, null, 2),
      };
    }),
  };
}

/** What goes wrong is answered alike everywhere, and said once. */
function successesIn(responses: Record<string, Answer>): [string, Answer][] {
  return Object.entries(responses).filter(([, answer]) => answer.$ref === undefined);
}

function curl({ method, url, body, bearer }: { method: string; url: string; body: unknown; bearer: boolean }): string {
  return [
    `curl -X ${method} '${url}'`,
    ...(bearer ? [`-H 'Authorization: Bearer …'`] : []),
    ...(body === undefined
      ? []
      : [`-H 'Content-Type: application/json'`, `-d '${JSON.stringify(body).replaceAll("'", String.raw`'\''`)}'`]),
  ].join(' \\\n  ');
}

function nameIn(ref: string): string {
  return ref.slice(ref.lastIndexOf('/') + 1);
}

function resolved(schema: Schema, components: Document['components']): Schema {
  return schema.$ref ? (components.schemas[nameIn(schema.$ref)] ?? {}) : schema;
}

/** Those of an object, and of the objects in it, each under its path. */
function fieldsOf(schema: Schema, components: Document['components'], prefix = '', depth = 1): DocsField[] {
  const whole = resolved(schema, components);
  if (whole.type === 'array' && whole.items)
    return fieldsOf(whole.items, components, `${prefix}[].`.replace('.[', '['), depth);
  const parts = [whole, ...(whole.allOf ?? []), ...(whole.anyOf ?? []), ...(whole.oneOf ?? [])];
  const fields = new Map<string, DocsField>();
  for (const part of parts.map((one) => resolved(one, components))) {
    for (const [name, property] of Object.entries(part.properties ?? {})) {
      const own = resolved(property, components);
      const required = part === whole && (whole.required?.includes(name) ?? false);
      const field = { name: prefix + name, type: typeOf(property, components), required, text: own.description ?? '' };
      fields.set(field.name, field);
      if (depth >= DEEPEST) continue;
      const inner = own.type === 'array' && own.items ? `${prefix}${name}[].` : `${prefix}${name}.`;
      const below = own.type === 'array' && own.items ? own.items : own;
      for (const one of fieldsOf(below, components, inner, depth + 1)) fields.set(one.name, one);
    }
  }
  return [...fields.values()];
}

function typeOf(schema: Schema, components: Document['components']): string {
  const { type, enum: choices, const: only, anyOf, oneOf, items, format } = resolved(schema, components);
  if (only !== undefined) return JSON.stringify(only);
  if (choices) return choices.map((one) => JSON.stringify(one)).join(' | ');
  const several = anyOf ?? oneOf;
  if (several) return [...new Set(several.map((one) => typeOf(one, components)))].join(' | ');
  if (type === 'array') return items ? `array of ${typeOf(items, components)}` : 'array';
  return format && type === 'string' ? `string (${format})` : (type ?? 'any');
}
