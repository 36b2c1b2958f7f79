import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CLIENT_PATH } from '../support/client.js';
import type { ApiClient } from '../support/client.js';
import { createTestServer } from '../support/create-test-server.js';
import type { TestServer } from '../support/create-test-server.js';
import { expectJson, JSON_TYPE } from '../support/expect-answer.js';
import { rawRequest, requestText } from '../support/raw-request.js';
import type { RawAnswer } from '../support/raw-request.js';

let server: TestServer;
let client: ApiClient;
beforeAll(async () => {
  server = await createTestServer();
});
beforeAll(async () => {
  client = server.client(await server.make.app());
});
afterAll(async () => {
  // Whatever came before, the server still serves.
  expectJson(await client.login('anon-user'), 200);
  await server.stop();
});

function expectRawError(answer: RawAnswer, ...statuses: number[]): void {
  expect(statuses).toContain(answer.status);
  expect(answer.headers['content-type']).toBe(JSON_TYPE);
  expect(JSON.parse(answer.text)).toEqual({ error: expect.any(String), error_code: expect.any(String) });
}

const JSON_BODY = 'Content-Type: application/json';

describe('bytes that no client sends', () => {
  it.each([
    ['TRACE', [400, 404, 405]],
    ['PROPFIND', [400, 404, 405]],
    ['QUERY', [400, 404, 405]],
    ['FOO', [400, 405, 501]],
    ['get', [400, 405, 501]],
  ])('method %s', async (method, statuses) => {
    expectRawError(await rawRequest(server.baseUrl, requestText(`${method} ${client.appPath}/location`)), ...statuses);
  });

  it.each(['%ff', '%', '%c0%af', '%00', '/../', '%2e%2e%2f', '//', 'a%2fb', '?a=%ff&a[]=1', ';x'])(
    'path with %s',
    async (odd) => {
      const answer = await rawRequest(server.baseUrl, requestText(`GET ${CLIENT_PATH}/app/x${odd}/location`));
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
      expect(answer.headers['content-type']).toBe(JSON_TYPE);
      expect(JSON.parse(answer.text)).toEqual(expect.objectContaining({ error: expect.any(String) }));
    },
  );

  it('a body of a megabyte', async () => {
    const body = JSON.stringify({ email: 'big@example.com', password: 'x'.repeat(1_000_000) });
    const register = `POST ${client.appPath}/auth/providers/local-userpass/register`;
    const answer = await rawRequest(server.baseUrl, requestText(register, body, [JSON_BODY]));
    expectRawError(answer, 413);
    expect(JSON.parse(answer.text)).toMatchObject({ error_code: 'BodyTooLarge' });
  });

  it('a body of a megabyte that does not say how long it is', async () => {
    const head = requestText(`POST ${client.appPath}/auth/providers/anon-user/login`, '', [
      JSON_BODY,
      'Transfer-Encoding: chunked',
    ]);
    const chunk = 'x'.repeat(0x10000);
    const answer = await rawRequest(server.baseUrl, head + `10000\r\n${chunk}\r\n`.repeat(16) + '0\r\n\r\n');
    expectRawError(answer, 413);
  });

  it('headers of a megabyte', async () => {
    const answer = await rawRequest(
      server.baseUrl,
      requestText(`GET ${client.appPath}/location`, '', [`X-Big: ${'x'.repeat(1_000_000)}`]),
    );
    expectRawError(answer, 431);
  });

  it('a path of a megabyte', async () => {
    const answer = await rawRequest(server.baseUrl, requestText(`GET /${'x'.repeat(1_000_000)}`));
    expectRawError(answer, 400, 404, 414, 431);
  });

  it.each([
    ['no HTTP at all', 'hello\r\n\r\n'],
    ['a TLS greeting', '\u0016\u0003\u0001\u0002\u0000\r\n\r\n'],
    ['a header without a name', `GET / HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n`],
    ['a folded header with NUL', `GET / HTTP/1.1\r\nHost: x\r\nA: b\u0000c\r\n\r\n`],
    ['a negative length', `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n`],
    ['two lengths', `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}`],
    [
      'length and chunks, as smugglers send them',
      `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
  ])('%s', async (_what, bytes) => {
    const answer = await rawRequest(server.baseUrl, bytes);
    expectRawError(answer, 400);
  });
});
