import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { LogController, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { answerToStatus } from '../errors/error-body.js';
import { sendError } from '../errors/api-error.filter.js';
import { ExactJsonAdapter } from './exact-json.adapter.js';
import { parseExtendedJson } from './extended-json.js';
import { takeForms } from './forms.js';
import type { Readiness } from './readiness.js';

/** security.md rule 13. */
const BODY_BYTES = 64 * 1024;
const HEADERS_MS = 10_000;
const REQUEST_MS = 20_000;

/** Fastify, set up for our wire: limits, time-outs, extended JSON in, and our error body even where no route was reached. */
export function createAdapter(logger: Logger): ExactJsonAdapter {
  const adapter = new ExactJsonAdapter({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: () => randomUUID(),
    bodyLimit: BODY_BYTES,
    requestTimeout: REQUEST_MS,
    keepAliveTimeout: 65_000,
    forceCloseConnections: 'idle',
    // What still arrives on open connections while we end is answered; `Connection: close` keeps it short.
    return503OnClosing: false,
    exposeHeadRoutes: true,
    routerOptions: { maxParamLength: 1_000 },
    http: { headersTimeout: HEADERS_MS, connectionsCheckingInterval: 5_000 },
    // Bodies are checked by Nest's pipe. Named here, so that Fastify loads no schema compilers of its own: a tenth of the start.
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
    frameworkErrors: (error: unknown, request: FastifyRequest, reply: FastifyReply) => sendError(error, request, reply),
    clientErrorHandler: answerUnreadable,
  });
  const fastify = adapter.getInstance<FastifyInstance>();
  takeExtendedJson(fastify);
  takeForms(fastify);
  neverStore(fastify);
  if (logger.isLevelEnabled('info')) logRequests(fastify);
  return adapter;
}

function noSchemas(): never {
  throw new Error('a Fastify route schema is not supported: check the body with a DTO class');
}

function takeExtendedJson(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      done(null, parseExtendedJson(body as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });
}

/** Tokens and personal data travel in most answers; what may be cached says so itself. */
function neverStore(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (_request, reply, done) => {
    reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff');
    done();
  });
}

/** One line a request, the path without its query: codes and one-time tokens travel there. */
function logRequests(fastify: FastifyInstance): void {
  fastify.addHook('onResponse', (request, reply, done) => {
    const { method, url } = request;
    request.log.info(
      { method, path: pathOf(url), status: reply.statusCode, ms: Math.round(reply.elapsedTime) },
      'request',
    );
    done();
  });
}

/** 405 instead of 404 where the path exists under another method. To be called after CORS is set up and before routes are. */
export function answerWrongMethods(fastify: FastifyInstance): void {
  const routes = new Map<string, { pattern: RegExp; methods: Set<string> }>();
  fastify.addHook('onRoute', ({ url, method }) => {
    const pattern = new RegExp(`^${url.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(/:[^/]+/g, '[^/]+')}/?$`);
    const route = routes.get(url) ?? { pattern, methods: new Set() };
    for (const name of [method].flat()) route.methods.add(name);
    routes.set(url, route);
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    if (!request.is404) return done();
    const path = pathOf(request.url);
    const methods = [...routes.values()].filter(({ pattern }) => pattern.test(path)).flatMap((r) => [...r.methods]);
    if (methods.length === 0) return done();
    reply.header('allow', [...new Set(methods)].join(', '));
    sendError({ statusCode: 405 }, request, reply);
  });
}

/**
 * From the moment the process was asked to end, each answer asks its client to connect anew: to another instance. Decided as
 * it is sent, so that requests which were running by then do not leave their connections open for the server to wait for.
 */
export function closeConnectionsWhenDraining(fastify: FastifyInstance, readiness: Readiness): void {
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    if (readiness.draining) reply.header('connection', 'close');
    done(null, payload);
  });
}

export function pathOf(url: string): string {
  const query = url.indexOf('?');
  return query === -1 ? url : url.slice(0, query);
}

/** Answers what the HTTP parser could not read: no request object exists, only the socket. */
function answerUnreadable(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 }[error.code ?? ''] ?? 400;
  const { body } = answerToStatus(status);
  const bytes = Buffer.from(JSON.stringify(body));
  socket.end(
    `HTTP/1.1 ${status} ${body.error_code}\r\nContent-Type: application/json\r\nContent-Length: ${bytes.length}\r\n` +
      `Cache-Control: no-store\r\nConnection: close\r\n\r\n${bytes.toString()}`,
  );
}
