import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** Somebody else's server, on this machine. */
export interface Loopback {
  url: string;
  stop(): Promise<void>;
}

export async function serve(listener: RequestListener): Promise<Loopback> {
  const server = createServer(listener);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const stop = (): Promise<void> =>
    new Promise((stopped) => {
      server.close(() => stopped());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop };
}

export interface WebhookCall {
  headers: IncomingMessage['headers'];
  text: string;
  body: { app: string; function: string; arguments: unknown[] };
}

/** A backend that gets calls of functions. What it answers is for the test to say, call by call. */
export class TestWebhook {
  readonly calls: WebhookCall[] = [];
  answer: (call: WebhookCall, response: ServerResponse) => void = (_call, response) => void response.end();

  private constructor() {}

  url = '';
  stop: () => Promise<void> = async () => undefined;

  static async start(): Promise<TestWebhook> {
    const hook = new TestWebhook();
    const server = await serve((request, response) => void hook.#take(request, response));
    return Object.assign(hook, { url: `${server.url}/hook`, stop: () => server.stop() });
  }

  /** Answers each call with this. */
  says(value: unknown, status = 200): void {
    this.answer = (_call, response) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(typeof value === 'string' ? value : JSON.stringify(value));
    };
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const call = { headers: request.headers, text: body, body: JSON.parse(body) as WebhookCall['body'] };
    this.calls.push(call);
    this.answer(call, response);
  }
}
