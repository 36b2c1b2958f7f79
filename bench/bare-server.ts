/**
 * The limit of the benchmark: the client API by hand on node:http and node:crypto over Maps. No framework, no database,
 * no durability. It marks what is possible; it is no product.
 *
 * Settings: PORT (0 takes a free one), BCRYPT_COST, ACCESS_TOKEN_SECONDS. Prints `listening on <port>` when it is ready.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BareAccounts, newId, Refused } from './bare-accounts.js';
import { BareTokens } from './bare-tokens.js';

const CLIENT_APP_ID = 'demo-local';
const CLIENT = '/api/client/v2.0';
const APP = `${CLIENT}/app/${CLIENT_APP_ID}`;
const MAX_BODY_BYTES = 65_536;
const HEX_ID = /^[0-9a-f]{24}$/;

const appId = newId();
const accessSeconds = Number(process.env.ACCESS_TOKEN_SECONDS ?? 1800);
const tokens = new BareTokens(`http://localhost${APP}`, CLIENT_APP_ID, appId, accessSeconds);
const accounts = new BareAccounts(appId, tokens, Number(process.env.BCRYPT_COST ?? 12));

interface Credentials {
  username?: unknown;
  email?: unknown;
  password?: unknown;
  options?: { device?: { deviceId?: unknown } };
}

interface Asked {
  body: Credentials;
  bearer: string;
  query: URLSearchParams;
  host: string;
}

/** What a route gives: a status, and a value to be sent as JSON or nothing. */
type Route = (asked: Asked) => [number, object?] | Promise<[number, object?]>;

const routes = new Map<string, Route>([
  ['GET /', () => [200, {}]],
  ['GET /health/ready', () => [200, { status: 'ready' }]],
  [`GET ${APP}/location`, ({ host }) => [200, location(host)]],
  [`POST ${APP}/auth/providers/anon-user/login`, ({ body }) => [200, accounts.loginAnonymously(deviceOf(body))]],
  [`GET ${APP}/auth/providers/anon-user/login`, ({ query }) => [200, accounts.loginAnonymously(deviceIn(query))]],
  [`POST ${APP}/auth/providers/local-userpass/login`, loginByPassword],
  [`POST ${APP}/auth/providers/local-userpass/register`, register],
  [`POST ${CLIENT}/auth/session`, ({ bearer }) => [201, { access_token: accounts.refresh(bearer) }]],
  [`DELETE ${CLIENT}/auth/session`, ({ bearer }) => (accounts.logout(bearer), [204])],
  [`GET ${CLIENT}/auth/profile`, ({ bearer }) => [200, accounts.profile(bearer)]],
  [`DELETE ${CLIENT}/auth/delete`, ({ bearer }) => (accounts.deleteUser(bearer), [204])],
  [`POST ${APP}/functions/call`, callFunction],
]);

async function loginByPassword({ body }: Asked): Promise<[number, object]> {
  return [200, await accounts.loginByPassword(body.username, body.password, deviceOf(body))];
}

async function register({ body }: Asked): Promise<[number, object]> {
  await accounts.register(body.email, body.password);
  return [201, {}];
}

function callFunction({ bearer }: Asked): never {
  accounts.sessionOf(bearer);
  throw new Refused(404, 'FunctionNotFound', 'function not found');
}

function location(host: string): object {
  return { deployment_model: 'GLOBAL', location: 'LOCAL', hostname: `http://${host}`, ws_hostname: `ws://${host}` };
}

function deviceOf(body: Credentials): string | undefined {
  const given = body.options?.device?.deviceId;
  const id = typeof given === 'object' && given !== null && '$oid' in given ? given.$oid : given;
  return typeof id === 'string' && HEX_ID.test(id) && !/^0+$/.test(id) ? id : undefined;
}

function deviceIn(query: URLSearchParams): string | undefined {
  const device = query.get('device');
  if (!device) return undefined;
  return deviceOf({ options: { device: JSON.parse(Buffer.from(device, 'base64').toString()) as object } });
}

function bodyOf(chunks: Buffer[]): Credentials {
  if (chunks.length === 0) return {};
  const bytes = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
  if (bytes.length > MAX_BODY_BYTES) throw new Refused(413, 'BodyTooLarge', 'request body too large');
  try {
    return (JSON.parse(bytes.toString()) ?? {}) as Credentials;
  } catch {
    throw new Refused(400, 'BadRequest', 'malformed JSON');
  }
}

function send(response: ServerResponse, status: number, value?: object): void {
  if (value === undefined) return void response.writeHead(status).end();
  const text = JSON.stringify(value);
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
    .end(text);
}

function sendError(response: ServerResponse, error: unknown): void {
  if (!(error instanceof Refused)) return send(response, 500, { error: 'internal server error' });
  send(response, error.status, {
    error: error.message,
    ...(error.code === undefined ? {} : { error_code: error.code }),
  });
}

async function answer(request: IncomingMessage, response: ServerResponse, chunks: Buffer[]): Promise<void> {
  try {
    const url = request.url ?? '/';
    const mark = url.indexOf('?');
    const route = routes.get(`${request.method} ${mark === -1 ? url : url.slice(0, mark)}`);
    if (!route) throw new Refused(404, 'NotFound', 'not found');
    const query = new URLSearchParams(mark === -1 ? '' : url.slice(mark));
    const bearer = request.headers.authorization?.slice('Bearer '.length) ?? '';
    const given = route({ body: bodyOf(chunks), bearer, query, host: request.headers.host ?? '' });
    send(response, ...(given instanceof Promise ? await given : given));
  } catch (error) {
    sendError(response, error);
  }
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => void answer(request, response, chunks));
});

server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  process.stdout.write(`listening on ${(server.address() as AddressInfo).port}\n`);
});
process.on('SIGTERM', () => process.exit(0));
