import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../src/config/load-config.js';
import { isInternal } from '../../src/outbound/internal-addresses.js';
import { Outbound, type OutboundRequest } from '../../src/outbound/outbound.js';
import { OutboundFailed } from '../../src/outbound/outbound.errors.js';

const opened: Server[] = [];
afterEach(() => {
  for (const server of opened.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  opened.push(server);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function outbound(settings: Record<string, string> = {}): Outbound {
  return new Outbound(loadConfig(settings));
}

const PRODUCTION = { LATCHKEY_PUBLIC_URL: 'https://auth.example.com' };

async function reasonOf(url: string, settings = {}, wanted: OutboundRequest = {}): Promise<string> {
  const failure: unknown = await outbound(settings)
    .request(url, wanted)
    .catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(OutboundFailed);
  expect((failure as OutboundFailed).message).not.toContain((failure as OutboundFailed).reason);
  return (failure as OutboundFailed).reason;
}

describe('a call to a configured address', () => {
  it('gives status, headers and body, also of a POST and of a name', async () => {
    const url = await serve((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => response.writeHead(201, { 'x-seen': String(request.headers['x-sent']) }).end(body));
    });
    const wanted = { method: 'POST', headers: { 'x-sent': 'yes' }, body: 'grüße' } as const;
    for (const address of [url, url.replace('127.0.0.1', 'localhost')]) {
      const answer = await outbound().request(address, wanted);
      expect([answer.status, answer.headers['x-seen'], answer.body.toString()]).toEqual([201, 'yes', 'grüße']);
    }
  });

  it('follows no redirect', async () => {
    let hits = 0;
    const url = await serve((_request, response) => {
      hits += 1;
      response.writeHead(302, { location: '/other' }).end();
    });
    expect((await outbound().request(url)).status).toBe(302);
    expect(hits).toBe(1);
  });

  it('takes no longer than it may: silent from the start, or drop by drop', async () => {
    const silent = await serve(() => undefined);
    expect(await reasonOf(silent, {}, { timeoutMs: 50 })).toBe('no answer within 50 ms');
    const slow = await serve((_request, response) => {
      const drops = setInterval(() => response.write('x'), 10);
      response.on('close', () => clearInterval(drops));
    });
    expect(await reasonOf(slow, {}, { timeoutMs: 80 })).toBe('no answer within 80 ms');
  });

  it('reads no more than it may, and ends the connection', async () => {
    let closed: () => void;
    const ended = new Promise<void>((resolve) => (closed = resolve));
    const url = await serve((request, response) => {
      request.socket.on('close', () => closed());
      const flood = (): void => {
        while (response.writable && response.write('x'.repeat(1_024)));
      };
      response.on('drain', flood);
      flood();
    });
    expect(await reasonOf(url, {}, { maxBytes: 4_096 })).toBe('the answer is longer than 4096 bytes');
    await ended;
  });

  it('fails in words where nobody listens, the answer breaks off, or is no HTTP', async () => {
    const url = await serve((request) => request.socket.destroy());
    expect(await reasonOf(url)).toBe('no connection: ECONNRESET');
    const server = opened.pop()!;
    await new Promise((closed) => server.close(closed));
    expect(await reasonOf(url)).toBe('no connection: ECONNREFUSED');
    const broken = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('x');
      setImmediate(() => response.destroy());
    });
    expect(await reasonOf(broken)).toBe('no connection: ECONNRESET');
    const babble = await serve((request) => request.socket.end('babble\r\n\r\n'));
    expect(await reasonOf(babble)).toContain('no connection: HPE_');
  });
});

describe('a call goes nowhere (C34)', () => {
  it.each([
    'https://10.0.0.1/',
    'https://169.254.169.254/latest/meta-data/',
    'https://0x0a000001/',
    'https://[::ffff:10.0.0.1]/',
    'https://[fd00::1]/',
    'https://[64:ff9b::a00:1]/',
    'https://0/',
  ])('internal: %s', async (url) => {
    expect(await reasonOf(url)).toMatch(/^the address leads to .*, which is not public$/);
  });

  it('on this machine in production, neither by address nor by a name that leads there', async () => {
    for (const host of ['127.0.0.1', 'localhost', '[::1]', '2130706433']) {
      expect(await reasonOf(`https://${host}:1/`, PRODUCTION)).toMatch(/^the address leads to (127.0.0.1|::1), /);
    }
    expect(await reasonOf('http://localhost:1/', PRODUCTION)).toMatch(/which is not public$/);
  });

  it('but where the settings allow it', async () => {
    const url = await serve((_request, response) => response.end('ok'));
    const allowed = { ...PRODUCTION, LATCHKEY_INTERNAL_TARGETS: '10.0.0.0/8, 127.0.0.1' };
    expect((await outbound(allowed).request(url)).status).toBe(200);
    expect(await reasonOf('https://127.0.0.2:1/', allowed)).toMatch(/which is not public$/);
  });

  it.each([
    ['http://example.com/', 'the address must begin with https://'],
    ['ftp://example.com/', 'the address must begin with https://'],
    ['file:///etc/passwd', 'the address must begin with https://'],
    ['https://user:pass@example.com/', 'the address holds a user name or password'],
    ['example.com', 'the address is no URL'],
  ])('%s', async (url, reason) => {
    expect(await reasonOf(url)).toBe(reason);
  });

  it.each(['8.8.8.8', '192.0.1.1', '2606:4700::1111', '2a00:1450:4001::1'])('%s is public', (address) => {
    expect(isInternal(address)).toBe(false);
  });

  it.each(['224.0.0.1', '255.255.255.255', '100.64.0.1', '::', 'fe80::1%eth0', 'ff02::1', '2002:a00:1::', 'x', ''])(
    '%j is not',
    (address) => {
      expect(isInternal(address)).toBe(true);
    },
  );
});
