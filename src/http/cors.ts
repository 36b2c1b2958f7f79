import type { FastifyInstance, FastifyReply } from 'fastify';
import { sendError } from '../errors/api-error.filter.js';
import { LatchkeyError } from '../errors/latchkey-error.js';

/** Which web pages may call the client API. `apps/` knows; the hook below only asks. */
export abstract class OriginPolicy {
  /** @param clientAppId of the path; undefined on the paths that name no app, where any app's list will do */
  abstract allows(origin: string, clientAppId: string | undefined): Promise<boolean>;
}

/** The page's origin is not in the app's list of allowed request origins. */
export class OriginNotAllowed extends LatchkeyError {
  readonly code = 'OriginNotAllowed';

  constructor(origin: string) {
    super(`origin '${origin.slice(0, 200)}' is not allowed by this app`);
  }
}

const CLIENT_API = '/api/client/v2.0/';
/** Pages of ours, which browsers open: forms in them come from our own origin, which no app lists. */
const PAGES = /^\/api\/client\/v2\.0\/(?:app\/[^/?]+\/auth\/pages\/|auth\/link\/|auth\/callback(?:$|\?))/;
/** The link-by-redirect call is made with credentials, and its answer read from headers (client-api.md section 10.3). */
const LOGIN = /^\/api\/client\/v2\.0\/app\/[^/?]+\/auth\/providers\/[^/?]+\/login(?:$|\?)/;
const LOGIN_HEADERS = {
  'access-control-allow-credentials': 'true',
  'access-control-expose-headers': 'retry-after, x-stitch-location, x-baas-location',
};
const APP_IN_PATH = /^\/api\/client\/v2\.0\/app\/([^/?]+)/;

const PREFLIGHT = {
  'access-control-allow-methods': 'GET, POST, PUT, DELETE, PATCH',
  'access-control-allow-headers': 'authorization, content-type, accept, x-baas-request-origin, x-stitch-request-origin',
  'access-control-max-age': '7200',
};

/**
 * CORS for the client API (client-api.md section 1). Set before routing, so that error answers carry the headers too:
 * without them a browser hides the error from the SDK and no refresh happens (trap 27).
 */
export function registerCors(fastify: FastifyInstance, policy: OriginPolicy): void {
  fastify.addHook('onRequest', async (request, reply) => {
    const { origin } = request.headers;
    if (origin === undefined || !request.url.startsWith(CLIENT_API) || PAGES.test(request.url)) return;
    reply.header('vary', 'Origin');
    let allowed: boolean;
    try {
      allowed = await policy.allows(origin, appInPath(request.url));
    } catch (error) {
      return sendAndStop(() => sendError(error, request, reply), reply);
    }
    if (!allowed) return sendAndStop(() => sendError(new OriginNotAllowed(origin), request, reply), reply);
    reply.header('access-control-allow-origin', origin).header('access-control-expose-headers', 'retry-after');
    if (LOGIN.test(request.url)) reply.headers(LOGIN_HEADERS);
    if (request.method === 'OPTIONS') return reply.code(204).headers(PREFLIGHT).send();
  });
}

function sendAndStop(send: () => void, reply: FastifyReply): FastifyReply {
  send();
  return reply;
}

function appInPath(url: string): string | undefined {
  const encoded = APP_IN_PATH.exec(url)?.[1];
  if (encoded === undefined) return undefined;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}
