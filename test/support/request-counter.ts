import { createServer, request } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A proxy that an SDK is pointed at, to see what it sends. `/location` answers are rewritten to name the proxy, or the SDK
 * would go on without it.
 */
export class RequestCounter {
  /** `POST /api/client/v2.0/auth/session 401`, in order of the answers. */
  readonly seen: string[] = [];
  private readonly server: Server;

  private constructor(private readonly target: URL) {
    this.server = createServer((incoming, outgoing) => this.forward(incoming, outgoing));
  }

  static async inFrontOf(baseUrl: string): Promise<RequestCounter> {
    const counter = new RequestCounter(new URL(baseUrl));
    await new Promise<void>((resolve) => counter.server.listen(0, '127.0.0.1', resolve));
    return counter;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Forgets what was seen. */
  reset(): void {
    this.seen.length = 0;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private forward(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { method, url = '/', headers } = incoming;
    const onward = request(this.target, { method, path: url, headers, agent: false }, (answer) => {
      this.seen.push(`${method} ${url} ${answer.statusCode}`);
      if (url.endsWith('/location')) void this.rewrite(answer, outgoing);
      else answer.pipe(outgoing.writeHead(answer.statusCode ?? 502, answer.headers));
    });
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  }

  private async rewrite(answer: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of answer.setEncoding('utf8')) text += String(chunk);
    const hostname = this.baseUrl;
    const location = { ...(JSON.parse(text) as object), hostname, ws_hostname: hostname.replace('http', 'ws') };
    outgoing.writeHead(answer.statusCode ?? 502, { 'content-type': 'application/json' }).end(JSON.stringify(location));
  }
}
