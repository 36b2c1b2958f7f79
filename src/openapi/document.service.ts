import { readFile } from 'node:fs/promises';
import type { INestApplication } from '@nestjs/common';
import { Injectable } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { VERSION } from '../common/version.js';
import { Config } from '../config/config.js';
import type { Example, Route } from './described-operation.js';
import { handlersIn } from './handlers.js';

type Json = Record<string, unknown>;

const EXAMPLES = new URL('./examples.json', import.meta.url);
/** Pages for people are no API, and the answers to what does not exist no operations. */
const IS_API = /^\/(api|\.well-known|health|metrics)\b(?!.*\/auth\/(pages|link)\/)(?!.*\{path\})/;
const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** The OpenAPI description of all routes, made from them when somebody first asks. */
@Injectable()
export class DocumentService {
  #app: INestApplication | undefined;
  #made: Promise<Json> | undefined;

  constructor(
    private readonly modules: ModulesContainer,
    private readonly config: Config,
  ) {}

  /** The application whose routes are described: it exists only after what it is made of. */
  describe(app: INestApplication): void {
    this.#app = app;
  }

  document(): Promise<Json> {
    this.#made ??= this.#make();
    return this.#made;
  }

  /** What is needed for this alone is loaded here: most servers are never asked. */
  async #make(): Promise<Json> {
    const [{ DocumentBuilder, SwaggerModule }, { describedOperation }, { componentsOf }, { OPERATIONS }, file] =
      await Promise.all([
        import('@nestjs/swagger'),
        import('./described-operation.js'),
        import('./components.js'),
        import('./operations/index.js'),
        readFile(EXAMPLES, 'utf8'),
      ]);
    const examples = JSON.parse(file) as Record<string, Example>;
    const handlers = handlersIn(this.modules);
    const operationIdFactory = (controller: string, method: string) => `${controller}.${method}`;
    const found = SwaggerModule.createDocument(this.#app!, new DocumentBuilder().build(), { operationIdFactory });
    const paths: Record<string, Json> = {};
    const names = new Map<string, number>();
    for (const [path, item] of Object.entries(found.paths)) {
      if (!IS_API.test(path)) continue;
      const operations: Json = {};
      for (const method of METHODS) {
        const operation = item[method];
        if (!operation) continue;
        const name = operation.operationId!.replace(/\[\d+\]$/, '');
        const status = Number(Object.keys(operation.responses).find((key) => key !== 'default') ?? 200);
        const key = `${method.toUpperCase()} ${path}`;
        const route: Route = { method: method.toUpperCase(), path, name: unique(name, names), status };
        operations[method] = describedOperation(route, handlers.get(name), OPERATIONS[key], examples[key]);
      }
      paths[path] = operations;
    }
    return {
      openapi: '3.1.0',
      info: {
        title: 'Latchkey',
        version: VERSION,
        description:
          'The client API and the Admin API, which MongoDB Stitch and App Services spoke, and what Latchkey adds.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: this.config.publicUrl }],
      paths,
      components: componentsOf(this.config),
    };
  }
}

/** One handler may serve several paths. */
function unique(name: string, taken: Map<string, number>): string {
  const count = (taken.get(name) ?? 0) + 1;
  taken.set(name, count);
  return count === 1 ? name : `${name}.${count}`;
}
