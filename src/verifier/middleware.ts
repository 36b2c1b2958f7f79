import type { AccessClaims } from './claims.js';
import { challengeOf, VerifierError } from './errors.js';
import type { Verifier } from './verifier.js';

interface Request {
  headers: { authorization?: string | undefined };
}

interface ExpressResponse {
  status(code: number): { set(headers: Record<string, string>): { json(body: unknown): unknown } };
}

interface FastifyReply {
  code(code: number): { headers(headers: Record<string, string>): { send(body: unknown): unknown } };
}

const claimsOfRequests = new WeakMap<object, AccessClaims<unknown>>();

/** Express middleware: lets requests through whose access token is good, as `claimsOf(request)` shows; answers the others. */
export function expressAuth(verifier: Verifier<unknown>) {
  return async (request: Request, response: ExpressResponse, next: (error?: unknown) => void): Promise<void> => {
    try {
      await verify(verifier, request);
    } catch (error) {
      if (!(error instanceof VerifierError)) return next(error);
      const { status, headers, body } = refusal(error);
      response.status(status).set(headers).json(body);
      return;
    }
    next();
  };
}

/** Fastify hook: `app.addHook('onRequest', fastifyAuth(verifier))`, or as a route's `onRequest`. */
export function fastifyAuth(verifier: Verifier<unknown>) {
  return async (request: Request, reply: FastifyReply): Promise<unknown> => {
    try {
      await verify(verifier, request);
      return undefined;
    } catch (error) {
      if (!(error instanceof VerifierError)) throw error;
      const { status, headers, body } = refusal(error);
      return reply.code(status).headers(headers).send(body);
    }
  };
}

/**
 * @returns the claims of a request that went through the middleware
 * @throws Error where it did not: the route is open
 */
export function claimsOf<UserData = Record<string, unknown>>(request: object): AccessClaims<UserData> {
  const claims = claimsOfRequests.get(request);
  if (!claims) throw new Error('this request was not verified: put the middleware before this route');
  return claims as AccessClaims<UserData>;
}

async function verify(verifier: Verifier<unknown>, request: Request): Promise<void> {
  claimsOfRequests.set(request, await verifier.verifyHeader(request.headers.authorization));
}

function refusal(error: VerifierError) {
  const { code, message, status } = error;
  const headers: Record<string, string> =
    status === 503 ? { 'retry-after': '1' } : { 'www-authenticate': challengeOf(error) };
  return { status, headers, body: { error: message, error_code: code } };
}
