import { Controller, Get, Module, Req, UseGuards, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import express from 'express';
import { fastify } from 'fastify';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { App } from '../../src/apps/app.model.js';
import { claimsOf, expressAuth, fastifyAuth, Verifier, type AccessClaims } from '../../src/verifier/index.js';
import { LatchkeyAuthModule } from '../../src/verifier/nest.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { waitUntil } from '../support/wait.js';

/** A backend with one open and one guarded route, and what ends it. */
interface Backend {
  url: string;
  stop: () => unknown;
}

let server: TestServer;
let app: App;
/** Follows the feed, and one that cannot be reached: everything is stale. */
let options: { issuer: string; url: string };
let unreachable: { issuer: string; url: string };

beforeAll(async () => {
  server = await createTestServer();
  app = await server.make.app();
  const path = `/api/client/v2.0/app/${app.clientAppId}`;
  options = { issuer: server.publicUrl + path, url: server.baseUrl + path };
  unreachable = { ...options, url: `http://127.0.0.1:1${path}` };
});
afterAll(() => server.stop());

@Controller()
class MeController {
  @Get('me')
  @UseGuards(AuthGuard('latchkey'))
  me(@Req() { user }: { user: AccessClaims }) {
    return { user: user.sub };
  }

  @Get('open')
  open() {
    return {};
  }
}

const backends: Record<string, (where: typeof options) => Promise<Backend>> = {
  async express(where) {
    const verifier = new Verifier(where);
    const backend = express()
      .get('/me', expressAuth(verifier), (request, response) => {
        response.json({ user: claimsOf(request).sub });
      })
      .get('/open', (request, response) => {
        response.json({ error: String(attempt(() => claimsOf(request))) });
      })
      .listen(0, '127.0.0.1');
    await once(backend, 'listening');
    const stop = () => {
      verifier.close();
      backend.closeAllConnections();
      backend.close();
    };
    return { url: `http://127.0.0.1:${(backend.address() as AddressInfo).port}`, stop };
  },
  async fastify(where) {
    const verifier = new Verifier(where);
    const backend = fastify();
    backend.get('/me', { onRequest: fastifyAuth(verifier) }, (request, reply) =>
      reply.send({ user: claimsOf(request).sub }),
    );
    backend.get('/open', (request, reply) => reply.send({ error: String(attempt(() => claimsOf(request))) }));
    const url = await backend.listen({ port: 0, host: '127.0.0.1' });
    const stop = async () => {
      verifier.close();
      await backend.close();
    };
    return { url, stop };
  },
  async nest(where) {
    @Module({ imports: [LatchkeyAuthModule.forRoot(where)], controllers: [MeController] })
    class BackendModule {}
    const backend: INestApplication = await NestFactory.create(BackendModule, new FastifyAdapter(), { logger: false });
    await backend.listen(0, '127.0.0.1');
    return { url: await backend.getUrl(), stop: () => backend.close() };
  },
};

function attempt(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

async function get(url: string, authorization?: string) {
  const response = await fetch(url, { headers: authorization === undefined ? {} : { authorization } });
  const body = (await response.json()) as Record<string, unknown>;
  return { status: response.status, challenge: response.headers.get('www-authenticate'), body };
}

describe.each(['express', 'fastify', 'nest'])('a backend on %s', (kind) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await backends[kind]!(options);
  });
  afterAll(async () => {
    await backend.stop();
  });

  it('knows who asks, until the session ends', async () => {
    const client = server.client(app);
    const { accessToken, refreshToken, userId } = await client.enterAnonymously();
    for (const scheme of ['Bearer', 'bearer']) {
      expect(await get(`${backend.url}/me`, `${scheme} ${accessToken}`)).toMatchObject({
        status: 200,
        body: { user: userId },
      });
    }
    await client.logout(refreshToken);
    await waitUntil(async () => (await get(`${backend.url}/me`, `Bearer ${accessToken}`)).status === 401);
    const refused = await get(`${backend.url}/me`, `Bearer ${accessToken}`);
    if (kind === 'nest') expect(refused.body).toEqual({ message: 'Unauthorized', statusCode: 401 });
    else {
      expect(refused.body).toEqual({ error: 'the session of this access token is over', error_code: 'token_revoked' });
      expect(refused.challenge).toBe(
        'Bearer error="invalid_token", error_description="the session of this access token is over"',
      );
    }
  });

  it.each([undefined, '', 'Bearer', 'Basic YTpi', 'Bearer a b', 'Bearer garbage', 'Bearer "'])(
    'refuses %j',
    async (authorization) => {
      const { status, body, challenge } = await get(`${backend.url}/me`, authorization);
      expect(status).toBe(401);
      if (kind === 'nest') return;
      const isMissing = !/garbage|"/.test(authorization ?? '');
      expect(body['error_code']).toBe(isMissing ? 'missing_token' : 'invalid_token');
      expect(challenge).toMatch(isMissing ? /^Bearer$/ : /^Bearer error="invalid_token", error_description="[^"]+"$/);
    },
  );

  it('leaves other routes alone, where nobody is known', async () => {
    const { status, body } = await get(`${backend.url}/open`, 'Bearer garbage');
    expect(status).toBe(200);
    if (kind !== 'nest') expect(body['error']).toContain('was not verified');
  });

  it('answers 503 where nothing can be known', async () => {
    const blind = await backends[kind]!(unreachable);
    try {
      const { accessToken } = await server.client(app).enterAnonymously();
      const { status, body } = await get(`${blind.url}/me`, `Bearer ${accessToken}`);
      expect({ status, code: body['error_code'] }).toEqual({ status: 503, code: 'keys_unavailable' });
    } finally {
      await blind.stop();
    }
  });
});
